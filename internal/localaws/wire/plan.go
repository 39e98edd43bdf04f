package wire

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// field is one member of a struct on the wire.
type field struct {
	name string
	// index leads to the field, through embedded structs.
	index []int
	// omitEmpty members are not written when they are empty.
	omitEmpty bool
}

// plan is what is known of a struct type.
type plan struct {
	fields []field
	byName map[string]*field
}

// plans caches the plans by type.
var plans sync.Map

// planOf returns the plan of a struct type. A type that no protocol can carry is a mistake of the programmer and
// panics.
func planOf(t reflect.Type) *plan {
	if known, ok := plans.Load(t); ok {
		return known.(*plan)
	}
	p := &plan{byName: map[string]*field{}}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "-" {
			continue
		}
		checkType(f.Type)
		if name == "" {
			name = f.Name
		}
		p.fields = append(p.fields, field{name: name, index: f.Index, omitEmpty: options == "omitempty"})
	}
	for i := range p.fields {
		p.byName[p.fields[i].name] = &p.fields[i]
	}
	known, _ := plans.LoadOrStore(t, p)
	return known.(*plan)
}

func checkType(t reflect.Type) {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64, reflect.Float64, reflect.Struct:
	case reflect.Slice, reflect.Pointer:
		if !isBytes(t) {
			checkType(t.Elem())
		}
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(fmt.Sprintf("wire: no rule for keys of %s", t))
		}
		checkType(t.Elem())
	default:
		panic(fmt.Sprintf("wire: no rule for %s", t))
	}
}

// isBytes reports whether a type is []byte, which travels as base64.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
