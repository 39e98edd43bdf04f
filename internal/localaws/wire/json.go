package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DecodeJSON fills the struct that into points to from a JSON object; an empty body counts as {}. Unlike
// encoding/json it takes a name only in the spelling that AWS documents. The error is in the words of AWS's
// SerializationException.
func DecodeJSON(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return refusal("The body is not valid JSON in UTF-8")
	}
	r := &jsonReader{data: body}
	switch r.peek() {
	case 'n':
		return nil
	case '{':
		return r.value(reflect.ValueOf(into).Elem())
	default:
		return refusal("Unexpected value type in payload")
	}
}

// refusal is an error in AWS's words.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

// jsonReader walks over a document that is known to be valid.
type jsonReader struct {
	data []byte
	at   int
}

// peek returns the byte that begins the next token.
func (r *jsonReader) peek() byte {
	for r.data[r.at] <= ' ' {
		r.at++
	}
	return r.data[r.at]
}

// value reads the next value into target; null leaves it as it is.
func (r *jsonReader) value(target reflect.Value) error {
	next := r.peek()
	kind := target.Kind()
	switch {
	case next == 'n':
		r.skip()
		return nil
	case kind == reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return r.value(target.Elem())
	case target.Type() == timestampType:
		return r.timestamp(next, target)
	case next == '{' && kind == reflect.Struct:
		return r.structure(target)
	case next == '{' && kind == reflect.Map:
		return r.dictionary(target)
	case next == '{':
		return refusal("Start of structure or map found where not expected.")
	case next == '[' && kind == reflect.Slice && !isBytes(target.Type()):
		return r.list(target)
	case next == '[':
		return refusal("Start of list found where not expected")
	case kind == reflect.Struct, kind == reflect.Map, kind == reflect.Slice && !isBytes(target.Type()):
		return refusal("Unexpected field type")
	default:
		return r.scalar(next, target)
	}
}

// members calls read for each member of an object, or each item of a list, whose first byte is next.
func (r *jsonReader) members(closing byte, read func() error) error {
	r.at++
	for r.peek() != closing {
		if r.data[r.at] == ',' {
			r.at++
			continue
		}
		if err := read(); err != nil {
			return err
		}
	}
	r.at++
	return nil
}

// name reads the name of an object's member and the colon after it.
func (r *jsonReader) name() string {
	name := unquote(r.skip())
	r.peek()
	r.at++
	return name
}

func (r *jsonReader) structure(target reflect.Value) error {
	p := planOf(target.Type())
	return r.members('}', func() error {
		f, known := p.byName[r.name()]
		if !known {
			r.peek()
			r.skip()
			return nil
		}
		return r.value(target.FieldByIndex(f.index))
	})
}

func (r *jsonReader) dictionary(target reflect.Value) error {
	filled := reflect.MakeMap(target.Type())
	target.Set(filled)
	return r.members('}', func() error {
		key := reflect.ValueOf(r.name()).Convert(target.Type().Key())
		value := reflect.New(target.Type().Elem()).Elem()
		if err := r.value(value); err != nil {
			return err
		}
		filled.SetMapIndex(key, value)
		return nil
	})
}

// maxItems bounds a list, whose items may take much more room than their text; a form has as many values at most.
const maxItems = 10_000

var tooManyItems = refusal("A list has more than " + strconv.Itoa(maxItems) + " items")

func (r *jsonReader) list(target reflect.Value) error {
	items := reflect.MakeSlice(target.Type(), 0, 0)
	err := r.members(']', func() error {
		if items.Len() == maxItems {
			return tooManyItems
		}
		items = reflect.Append(items, reflect.Zero(target.Type().Elem()))
		return r.value(items.Index(items.Len() - 1))
	})
	target.Set(items)
	return err
}

// scalar reads a string, number or boolean.
func (r *jsonReader) scalar(next byte, target reflect.Value) error {
	raw := r.skip()
	quoted, logical := next == '"', next == 't' || next == 'f'
	var err error
	switch kind := target.Kind(); {
	case kind == reflect.String && quoted:
		target.SetString(unquote(raw))
	case kind == reflect.Slice && quoted:
		var data []byte
		data, err = base64.StdEncoding.DecodeString(unquote(raw))
		target.SetBytes(data)
	case kind == reflect.Bool && logical:
		target.SetBool(next == 't')
	case target.CanInt() && !quoted && !logical:
		var number int64
		number, err = strconv.ParseInt(string(raw), 10, bits(kind))
		target.SetInt(number)
	case target.CanFloat() && !quoted && !logical:
		var number float64
		number, err = strconv.ParseFloat(string(raw), 64)
		target.SetFloat(number)
	default:
		return mismatch(next, target)
	}
	if err != nil {
		return mismatch(next, target)
	}
	return nil
}

// timestamp reads seconds since 1970.
func (r *jsonReader) timestamp(next byte, target reflect.Value) error {
	if next == '{' || next == '[' {
		return refusal("Unexpected field type")
	}
	seconds, err := strconv.ParseFloat(string(r.skip()), 64)
	moment, ok := timestampOf(seconds)
	if err != nil || !ok {
		return mismatch(next, target)
	}
	target.Set(reflect.ValueOf(moment))
	return nil
}

func mismatch(next byte, target reflect.Value) error {
	found := "NUMBER_VALUE"
	switch next {
	case '"':
		found = "STRING_VALUE"
	case 't':
		found = "TRUE_VALUE"
	case 'f':
		found = "FALSE_VALUE"
	}
	article, wanted := "a", kindName(target)
	if wanted == "Integer" {
		article = "an"
	}
	return refusal(found + " can not be converted to " + article + " " + wanted)
}

// skip passes over the value that begins here and returns its text.
func (r *jsonReader) skip() []byte {
	from := r.at
	for depth := 0; ; {
		switch r.data[r.at] {
		case '"':
			r.skipString()
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case ',', ':', ' ', '\t', '\r', '\n':
			r.at++
		default:
			for !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(r.data[r.at])) {
				r.at++
			}
		}
		if depth == 0 {
			return r.data[from:r.at]
		}
	}
}

func (r *jsonReader) skipString() {
	for r.at++; r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			r.at++
		}
	}
	r.at++
}

// unquote returns what a JSON string says.
func unquote(quoted []byte) string {
	plain := string(quoted[1 : len(quoted)-1])
	if strings.Contains(plain, `\`) {
		_ = json.Unmarshal(quoted, &plain)
	}
	return plain
}

// EncodeJSON writes an answer as AWS does, with <, > and & as they are.
func EncodeJSON(out any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
