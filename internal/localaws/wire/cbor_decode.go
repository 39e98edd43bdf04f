package wire

import (
	"reflect"
	"unicode/utf8"
)

// maxDepth bounds how deep what is not known may nest.
const maxDepth = 64

// DecodeCBOR fills the struct that into points to from a CBOR map; an empty body counts as an empty map. The error is
// in the words of AWS's SerializationException. See
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#shape-serialization.
func DecodeCBOR(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	r := &cborReader{data: body}
	if r.data[0]>>5 != cborMap {
		return refusal("Unexpected value type in payload")
	}
	if err := r.value(reflect.ValueOf(into).Elem()); err != nil {
		return err
	}
	if r.at != len(r.data) {
		return notCBOR
	}
	return nil
}

const notCBOR = refusal("The body is not valid CBOR")

// cborReader walks over one document.
type cborReader struct {
	data []byte
	at   int
}

// value reads the next item into target; null leaves it as it is.
func (r *cborReader) value(target reflect.Value) error {
	start := r.at
	h, err := r.head()
	switch {
	case err != nil || h.null():
		return err
	case target.Kind() == reflect.Pointer:
		r.at = start
		target.Set(reflect.New(target.Type().Elem()))
		return r.value(target.Elem())
	case target.Type() == timestampType:
		return r.timestamp(h, target)
	case h.major == cborTag:
		return refusal("Tag found where not expected")
	case target.Kind() == reflect.Struct && h.major == cborMap:
		return r.structure(h, target)
	case target.Kind() == reflect.Map && h.major == cborMap:
		return r.dictionary(h, target)
	case h.major == cborMap:
		return refusal("Start of structure or map found where not expected.")
	case target.Kind() == reflect.Slice && !isBytes(target.Type()) && h.major == cborList:
		return r.list(h, target)
	case h.major == cborList:
		return refusal("Start of list found where not expected")
	case target.Kind() == reflect.Struct, target.Kind() == reflect.Map, target.Kind() == reflect.Slice && !isBytes(target.Type()):
		return refusal("Unexpected field type")
	default:
		return r.scalar(h, target)
	}
}

// members calls read for each item of a list, or for each key of a map with its value to follow.
func (r *cborReader) members(h cborHead, read func() error) error {
	for n := uint64(0); h.info == cborIndefinite || n < h.arg; n++ {
		if h.info == cborIndefinite && r.at < len(r.data) && r.data[r.at] == 0xff {
			r.at++
			return nil
		}
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// text reads the next item, which must be a text.
func (r *cborReader) text() (string, error) {
	h, err := r.head()
	if err != nil {
		return "", err
	}
	if h.major != cborText {
		return "", notCBOR
	}
	data, err := r.bytes(h)
	if err == nil && !utf8.Valid(data) {
		err = notCBOR
	}
	return string(data), err
}

// bytes reads the rest of a text or of a byte string; one of unknown length comes in pieces.
func (r *cborReader) bytes(h cborHead) ([]byte, error) {
	if h.info != cborIndefinite {
		if h.arg > uint64(len(r.data)-r.at) {
			return nil, notCBOR
		}
		from := r.at
		r.at += int(h.arg)
		return r.data[from:r.at], nil
	}
	var all []byte
	err := r.members(h, func() error {
		piece, err := r.head()
		if err != nil || piece.major != h.major || piece.info == cborIndefinite {
			return notCBOR
		}
		data, err := r.bytes(piece)
		all = append(all, data...)
		return err
	})
	return all, err
}

func (r *cborReader) structure(h cborHead, target reflect.Value) error {
	p := planOf(target.Type())
	return r.members(h, func() error {
		name, err := r.text()
		if err != nil {
			return err
		}
		f, known := p.byName[name]
		if !known {
			return r.skip(0)
		}
		return r.value(target.FieldByIndex(f.index))
	})
}

func (r *cborReader) dictionary(h cborHead, target reflect.Value) error {
	filled := reflect.MakeMap(target.Type())
	target.Set(filled)
	return r.members(h, func() error {
		name, err := r.text()
		if err != nil {
			return err
		}
		value := reflect.New(target.Type().Elem()).Elem()
		if err := r.value(value); err != nil {
			return err
		}
		filled.SetMapIndex(reflect.ValueOf(name).Convert(target.Type().Key()), value)
		return nil
	})
}

func (r *cborReader) list(h cborHead, target reflect.Value) error {
	items := reflect.MakeSlice(target.Type(), 0, 0)
	err := r.members(h, func() error {
		if items.Len() == maxItems {
			return tooManyItems
		}
		items = reflect.Append(items, reflect.Zero(target.Type().Elem()))
		return r.value(items.Index(items.Len() - 1))
	})
	target.Set(items)
	return err
}

// timestamp reads seconds since 1970, which stand behind their tag.
func (r *cborReader) timestamp(h cborHead, target reflect.Value) error {
	if h.major != cborTag || h.arg != cborEpoch {
		return mismatch(h.found(), target)
	}
	number, err := r.head()
	if err != nil {
		return err
	}
	seconds, isNumber := number.float()
	moment, ok := timestampOf(seconds)
	if !isNumber || !ok {
		return mismatch(number.found(), target)
	}
	target.Set(reflect.ValueOf(moment))
	return nil
}

// scalar reads a text, byte string, number or boolean.
func (r *cborReader) scalar(h cborHead, target reflect.Value) error {
	kind := target.Kind()
	switch {
	case kind == reflect.String && h.major == cborText, kind == reflect.Slice && h.major == cborBytes:
		data, err := r.bytes(h)
		switch {
		case err != nil:
			return err
		case kind == reflect.Slice:
			target.SetBytes(append([]byte{}, data...))
		case !utf8.Valid(data):
			return notCBOR
		default:
			target.SetString(string(data))
		}
		return nil
	case kind == reflect.Bool && h.major == cborSimple && (h.info == cborTrue || h.info == cborFalse):
		target.SetBool(h.info == cborTrue)
		return nil
	case target.CanInt():
		if n, ok := h.integer(bits(kind)); ok {
			target.SetInt(n)
			return nil
		}
	case target.CanFloat():
		if f, ok := h.float(); ok && finite(f) {
			target.SetFloat(f)
			return nil
		}
	}
	return mismatch(h.found(), target)
}

// skip passes over the next item.
func (r *cborReader) skip(depth int) error {
	if depth > maxDepth {
		return refusal("The body nests too deep")
	}
	h, err := r.head()
	if err != nil {
		return err
	}
	switch h.major {
	case cborBytes, cborText:
		_, err := r.bytes(h)
		return err
	case cborList:
		return r.members(h, func() error { return r.skip(depth + 1) })
	case cborMap:
		return r.members(h, func() error {
			if err := r.skip(depth + 1); err != nil {
				return err
			}
			return r.skip(depth + 1)
		})
	case cborTag:
		return r.skip(depth + 1)
	case cborSimple:
		if h.info == cborIndefinite {
			return notCBOR
		}
	}
	return nil
}
