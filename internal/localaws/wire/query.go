package wire

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Item is the name under which the members of a list or map stand in a flattened form: NAME.N for a list,
// NAME.N.KEY and NAME.N.Value for a map.
type Item struct{ Name, Key string }

// Dialect is the way in which a service writes lists and maps in the query protocol, see
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html.
type Dialect struct {
	// item names the members of a flattened field; nil where lists are NAME.member.N and maps NAME.entry.N.
	item func(field string) Item
}

// Query is the dialect of SNS, STS and most others.
var Query = Dialect{}

// FlatQuery is a dialect in which all lists and maps are flattened, as SQS's.
func FlatQuery(item func(field string) Item) Dialect { return Dialect{item: item} }

// Decode fills the struct that into points to from the values of a form. The error says which value is wrong.
func (d Dialect) Decode(form url.Values, into any) error {
	f := &formReader{dialect: d, values: form, names: slices.Sorted(maps.Keys(form))}
	return f.structure("", reflect.ValueOf(into).Elem())
}

// formReader reads the values of one form.
type formReader struct {
	dialect Dialect
	values  url.Values
	// names are those of the values, sorted, so that what stands under a prefix is a range.
	names []string
}

// under returns the names that begin with prefix.
func (f *formReader) under(prefix string) []string {
	from, _ := slices.BinarySearch(f.names, prefix)
	to := from
	for to < len(f.names) && strings.HasPrefix(f.names[to], prefix) {
		to++
	}
	return f.names[from:to]
}

// has reports whether something is given for name itself or for parts of it.
func (f *formReader) has(name string) bool {
	if f.values.Has(name) {
		return true
	}
	at, _ := slices.BinarySearch(f.names, name+".")
	return at < len(f.names) && strings.HasPrefix(f.names[at], name+".")
}

func (f *formReader) structure(prefix string, target reflect.Value) error {
	p := planOf(target.Type())
	for i := range p.fields {
		if err := f.member(prefix, p.fields[i].name, target.FieldByIndex(p.fields[i].index)); err != nil {
			return err
		}
	}
	return nil
}

// member reads a field of a struct, whose own names begin with prefix.
func (f *formReader) member(prefix, name string, target reflect.Value) error {
	switch kind := target.Kind(); {
	case kind == reflect.Slice && !isBytes(target.Type()):
		base, _ := f.base(prefix, name, ".member")
		return f.list(base, target)
	case kind == reflect.Map:
		base, key := f.base(prefix, name, ".entry")
		return f.dictionary(base, key, target)
	default:
		return f.value(prefix+name, target)
	}
}

// base returns what the names of a list's or map's members begin with, and the name of a map's keys, if that is
// certain. A flattened field may also go by its own name, as botocore wrote Tags.1.Key.
func (f *formReader) base(prefix, name, wrapper string) (base, key string) {
	if f.dialect.item == nil {
		return prefix + name + wrapper, ""
	}
	item := f.dialect.item(name)
	if !f.has(prefix+item.Name) && f.has(prefix+name) {
		return prefix + name, item.Key
	}
	return prefix + item.Name, item.Key
}

// value reads what stands under exactly one name.
func (f *formReader) value(name string, target reflect.Value) error {
	switch target.Kind() {
	case reflect.Struct:
		if target.Type() != timestampType {
			return f.structure(name+".", target)
		}
	case reflect.Pointer:
		if !f.has(name) {
			return nil
		}
		fresh := reflect.New(target.Type().Elem())
		target.Set(fresh)
		return f.value(name, fresh.Elem())
	case reflect.Slice, reflect.Map:
		if !isBytes(target.Type()) {
			return f.member("", name, target)
		}
	}
	if given := f.values[name]; len(given) > 0 {
		return setText(name, given[0], target)
	}
	return nil
}

// setText sets a scalar; an empty number or boolean counts as not given. Strings are copied: whoever keeps one would
// keep the whole form with it.
func setText(name, text string, target reflect.Value) error {
	var err error
	switch kind := target.Kind(); {
	case !utf8.ValidString(text):
		return fmt.Errorf("the value of %s is not valid UTF-8", name)
	case kind == reflect.String:
		target.SetString(strings.Clone(text))
	case kind == reflect.Slice:
		var data []byte
		data, err = base64.StdEncoding.DecodeString(text)
		target.SetBytes(data)
	case text == "":
	case kind == reflect.Bool:
		var value bool
		value, err = strconv.ParseBool(strings.ToLower(text))
		target.SetBool(value)
	case kind == reflect.Struct:
		var value Timestamp
		value, err = parseTimestamp(text)
		target.Set(reflect.ValueOf(value))
	case kind == reflect.Float64:
		var value float64
		value, err = strconv.ParseFloat(text, 64)
		if !finite(value) {
			err = strconv.ErrRange
		}
		target.SetFloat(value)
	default:
		var value int64
		value, err = strconv.ParseInt(text, 10, bits(kind))
		target.SetInt(value)
	}
	if err != nil {
		return fmt.Errorf("%q is not a valid %s for %s", text, kindName(target), name)
	}
	return nil
}

// bits is the size of AWS's integers: 32, but for fields that ask for more.
func bits(kind reflect.Kind) int {
	if kind == reflect.Int64 {
		return 64
	}
	return 32
}

// kindName is AWS's word for a kind of value.
func kindName(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return "String"
	case reflect.Bool:
		return "Boolean"
	case reflect.Slice:
		return "Blob"
	case reflect.Int64:
		return "Long"
	case reflect.Float64:
		return "Double"
	case reflect.Struct:
		return "Timestamp"
	default:
		return "Integer"
	}
}
