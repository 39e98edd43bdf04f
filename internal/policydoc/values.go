package policydoc

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// oneOrMany is a list that policies may write as a single value. Numbers and booleans are the strings that they look
// like.
type oneOrMany []string

// MarshalJSON writes a list of one as that one, as AWS does.
func (o oneOrMany) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return []byte(encode(o[0])), nil
	}
	return []byte(encode([]string(o))), nil
}

// UnmarshalJSON reads a scalar or a list of scalars.
func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return err
	}
	items, isList := v.([]any)
	if !isList {
		items = []any{v}
	}
	*o = oneOrMany{}
	for _, item := range items {
		switch item.(type) {
		case string, bool, json.Number:
			*o = append(*o, fmt.Sprint(item))
		default:
			return fmt.Errorf("%s is neither a string, a number, a boolean nor a list of them", raw)
		}
	}
	return nil
}

// optional reads a member that may be absent.
func optional(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// text reads a string member that may be absent.
func text(raw json.RawMessage, into *string) error { return optional(raw, into) }

// list returns the reader of a list member that may be absent.
func list(into *[]string) func(json.RawMessage) error {
	return func(raw json.RawMessage) error { return optional(raw, (*oneOrMany)(into)) }
}
