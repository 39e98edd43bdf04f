package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
)

// EncodeCBOR returns an answer as a CBOR map; out points to the output. Nil pointers and empty members that say
// omitempty are left out.
func EncodeCBOR(out any) []byte {
	w := &cborWriter{}
	w.value(reflect.ValueOf(out).Elem())
	return w.Bytes()
}

// cborWriter writes items of known lengths, numbers in their shortest form and fractions with 64 bits.
type cborWriter struct{ bytes.Buffer }

// head writes the beginning of an item.
func (w *cborWriter) head(major byte, arg uint64) {
	first := major << 5
	switch {
	case arg < 24:
		w.WriteByte(first | byte(arg))
	case arg <= math.MaxUint8:
		w.Write([]byte{first | 24, byte(arg)})
	case arg <= math.MaxUint16:
		w.WriteByte(first | 25)
		w.Write(binary.BigEndian.AppendUint16(nil, uint16(arg)))
	case arg <= math.MaxUint32:
		w.WriteByte(first | 26)
		w.Write(binary.BigEndian.AppendUint32(nil, uint32(arg)))
	default:
		w.WriteByte(first | 27)
		w.Write(binary.BigEndian.AppendUint64(nil, arg))
	}
}

func (w *cborWriter) text(s string) {
	w.head(cborText, uint64(len(s)))
	w.WriteString(s)
}

func (w *cborWriter) float(f float64) {
	w.WriteByte(cborSimple<<5 | cborDouble)
	w.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
}

func (w *cborWriter) value(v reflect.Value) {
	if v.Type() == timestampType {
		w.head(cborTag, cborEpoch)
		w.float(v.Interface().(Timestamp).seconds())
		return
	}
	switch kind := v.Kind(); {
	case kind == reflect.Pointer:
		w.value(v.Elem())
	case kind == reflect.String:
		w.text(v.String())
	case kind == reflect.Bool && v.Bool():
		w.head(cborSimple, cborTrue)
	case kind == reflect.Bool:
		w.head(cborSimple, cborFalse)
	case v.CanFloat():
		w.float(v.Float())
	case v.CanInt() && v.Int() < 0:
		w.head(cborNegative, uint64(-1-v.Int()))
	case v.CanInt():
		w.head(cborUint, uint64(v.Int()))
	case isBytes(v.Type()):
		w.head(cborBytes, uint64(v.Len()))
		w.Write(v.Bytes())
	case kind == reflect.Slice:
		w.head(cborList, uint64(v.Len()))
		for i := range v.Len() {
			w.value(v.Index(i))
		}
	case kind == reflect.Map:
		w.dictionary(v)
	default:
		w.structure(v)
	}
}

func (w *cborWriter) structure(v reflect.Value) {
	p := planOf(v.Type())
	shown := slices.DeleteFunc(slices.Clone(p.fields), func(f field) bool {
		value := v.FieldByIndex(f.index)
		return value.Kind() == reflect.Pointer && value.IsNil() || f.omitEmpty && empty(value)
	})
	w.head(cborMap, uint64(len(shown)))
	for _, f := range shown {
		w.text(f.name)
		w.value(v.FieldByIndex(f.index))
	}
}

// empty reports what omitempty leaves out.
func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return v.Len() == 0
	}
	return v.IsZero()
}

// dictionary writes a map in the order of its keys.
func (w *cborWriter) dictionary(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
	w.head(cborMap, uint64(len(keys)))
	for _, key := range keys {
		w.text(key.String())
		w.value(v.MapIndex(key))
	}
}
