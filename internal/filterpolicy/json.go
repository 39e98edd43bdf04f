package filterpolicy

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// member is one member of a JSON object.
type member struct {
	name  string
	value any
}

// object is a JSON object in the order in which it was written, so that the fault named is the one SNS meets first.
// Other values are []any, string, json.Number, bool and nil.
type object []member

// readJSON reads one JSON value.
func readJSON(raw []byte) (any, error) {
	if err := checkSyntax(raw); err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, unreadable("Invalid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return readValue(dec)
}

func readValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, unreadable(err.Error())
	}
	switch token {
	case json.Delim('{'):
		return readObject(dec)
	case json.Delim('['):
		return readArray(dec)
	}
	return token, nil
}

func readObject(dec *json.Decoder) (any, error) {
	members := object{}
	for dec.More() {
		name, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		value, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name: name.(string), value: value})
	}
	_, err := dec.Token()
	return members, err
}

func readArray(dec *json.Decoder) (any, error) {
	items := []any{}
	for dec.More() {
		value, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	_, err := dec.Token()
	return items, err
}
