package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// Fault is an error as the query protocol answers it.
type Fault struct {
	// Type is Sender or Receiver: whose fault it is.
	Type          string
	Code, Message string
}

// Response returns the answer to an operation that succeeded; out points to its output.
func (d Dialect) Response(operation, namespace, requestID string, out any) []byte {
	x := d.writer()
	result := reflect.ValueOf(out).Elem()
	x.root(operation+"Response", namespace)
	if d.item == nil || result.NumField() > 0 {
		x.open(operation + "Result")
		x.fields(result, true)
		x.end(operation + "Result")
	}
	x.open("ResponseMetadata")
	x.text("RequestId", requestID)
	x.end("ResponseMetadata")
	x.end(operation + "Response")
	return x.Bytes()
}

// ErrorResponse returns the answer to a request that failed.
func (d Dialect) ErrorResponse(namespace, requestID string, fault Fault) []byte {
	x := d.writer()
	x.root("ErrorResponse", namespace)
	x.open("Error")
	x.fields(reflect.ValueOf(fault), false)
	if d.item != nil {
		x.WriteString("<Detail/>")
	}
	x.end("Error")
	x.text("RequestId", requestID)
	x.end("ErrorResponse")
	return x.Bytes()
}

// writer begins a document; those of the flattened dialect begin as SQS's.
func (d Dialect) writer() *xmlWriter {
	x := &xmlWriter{dialect: d}
	if d.item != nil {
		x.WriteString(`<?xml version="1.0"?>`)
	}
	return x
}

// xmlWriter writes the XML of the query protocol.
type xmlWriter struct {
	bytes.Buffer
	dialect Dialect
}

// root opens the document's element; a namespace that nobody knows is left out.
func (x *xmlWriter) root(name, namespace string) {
	x.WriteString("<" + name)
	if namespace != "" {
		x.WriteString(` xmlns="` + namespace + `"`)
	}
	x.WriteString(">")
}

func (x *xmlWriter) open(name string) { x.WriteString("<" + name + ">") }

func (x *xmlWriter) end(name string) { x.WriteString("</" + name + ">") }

func (x *xmlWriter) text(name, value string) {
	x.open(name)
	_ = xml.EscapeText(x, []byte(value))
	x.end(name)
}

// fields writes the fields of a struct. Left out are nil pointers, empty members that say omitempty, and in the
// outermost struct empty strings.
func (x *xmlWriter) fields(v reflect.Value, outermost bool) {
	p := planOf(v.Type())
	for i := range p.fields {
		f := &p.fields[i]
		value := v.FieldByIndex(f.index)
		if value.IsZero() && (f.omitEmpty || outermost && value.Kind() == reflect.String) {
			continue
		}
		x.member(f.name, value)
	}
}

// member writes a field of a struct.
func (x *xmlWriter) member(name string, v reflect.Value) {
	switch kind := v.Kind(); {
	case kind == reflect.Slice && !isBytes(v.Type()):
		x.list(name, v)
	case kind == reflect.Map:
		x.dictionary(name, v)
	default:
		x.value(name, v)
	}
}

// value writes one element.
func (x *xmlWriter) value(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			x.value(name, v.Elem())
		}
	case reflect.String:
		x.text(name, v.String())
	case reflect.Float64:
		x.text(name, strconv.FormatFloat(v.Float(), 'f', -1, 64))
	case reflect.Struct:
		if v.Type() == timestampType {
			x.text(name, v.Interface().(Timestamp).text())
			return
		}
		x.open(name)
		x.fields(v, false)
		x.end(name)
	case reflect.Slice, reflect.Map:
		if isBytes(v.Type()) {
			x.text(name, base64.StdEncoding.EncodeToString(v.Bytes()))
		} else {
			x.member(name, v)
		}
	default:
		x.text(name, fmt.Sprint(v.Interface()))
	}
}

func (x *xmlWriter) list(name string, v reflect.Value) {
	wrapped := x.dialect.item == nil
	member := "member"
	if wrapped {
		x.open(name)
	} else {
		member = x.dialect.item(name).Name
	}
	for i := range v.Len() {
		x.value(member, v.Index(i))
	}
	if wrapped {
		x.end(name)
	}
}

// dictionary writes a map in the order of its keys.
func (x *xmlWriter) dictionary(name string, v reflect.Value) {
	wrapped := x.dialect.item == nil
	entry, key, value := "entry", "key", "value"
	if wrapped {
		x.open(name)
	} else {
		item := x.dialect.item(name)
		entry, key, value = item.Name, item.Key, "Value"
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
	for _, k := range keys {
		x.open(entry)
		x.text(key, k.String())
		x.value(value, v.MapIndex(k))
		x.end(entry)
	}
	if wrapped {
		x.end(name)
	}
}
