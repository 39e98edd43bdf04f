package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
)

// placeholder stands for any text, the same one wherever it is in an expected value.
var placeholder = regexp.MustCompile(`<[\w:.-]+>`)

// maxTries bounds the orders in which the elements of lists are compared.
const maxTries = 20000

// matcher compares values. bound is what the placeholders stand for so far.
type matcher struct {
	bound map[string]string
	tries int
}

// matches reports whether have is what want describes: lists may be in another order, documents may be texts, and
// placeholders, "timestamp" and "date" stand for what came.
func matches(want, have any) bool {
	return (&matcher{bound: map[string]string{}}).match(want, have)
}

func (m *matcher) match(want, have any) bool {
	switch want := want.(type) {
	case map[string]any:
		if data, ok := bytesOf(want); ok {
			return have == data
		}
		return m.matchObject(want, have)
	case []any:
		list, ok := parsed(have).([]any)
		return ok && len(list) == len(want) && m.matchList(want, list)
	case string:
		if want == "timestamp" || want == "date" {
			return have != nil
		}
		text, ok := have.(string)
		return ok && m.matchText(want, text)
	default:
		return reflect.DeepEqual(want, have)
	}
}

// parsed reads what is a JSON document as a text on the wire.
func parsed(have any) any {
	text, ok := have.(string)
	if !ok {
		return have
	}
	var document any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil
	}
	return document
}

func (m *matcher) matchObject(want map[string]any, have any) bool {
	have = parsed(have)
	object, ok := have.(map[string]any)
	if !ok && (have != nil || len(want) > 0) || len(object) != len(want) {
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, present := object[name]
		if !present || !m.match(want[name], value) {
			return false
		}
	}
	return true
}

// matchList tries all orders, the given one first.
func (m *matcher) matchList(want, have []any) bool {
	if len(want) == 0 {
		return true
	}
	for i := range have {
		if m.tries++; m.tries > maxTries {
			return false
		}
		saved := maps.Clone(m.bound)
		if m.match(want[0], have[i]) && m.matchList(want[1:], slices.Delete(slices.Clone(have), i, i+1)) {
			return true
		}
		m.bound = saved
	}
	return false
}

func (m *matcher) matchText(want, have string) bool {
	names := placeholder.FindAllString(want, -1)
	var free []string
	pattern := "(?s)^"
	for i, literal := range placeholder.Split(want, -1) {
		if i > 0 {
			if value, known := m.bound[names[i-1]]; known {
				pattern += regexp.QuoteMeta(value)
			} else {
				pattern += "(.+?)"
				free = append(free, names[i-1])
			}
		}
		pattern += regexp.QuoteMeta(literal)
	}
	groups := regexp.MustCompile(pattern + "$").FindStringSubmatch(have)
	if groups == nil {
		return false
	}
	for i, name := range free {
		if value, known := m.bound[name]; known && value != groups[i+1] {
			return false
		}
		m.bound[name] = groups[i+1]
	}
	return true
}

// bytesOf returns the base64 text of {"__bytes__": HEX}, as case files write binary values.
func bytesOf(object map[string]any) (any, bool) {
	written, ok := object["__bytes__"].(string)
	if !ok || len(object) != 1 {
		return nil, false
	}
	data, err := hex.DecodeString(written)
	return base64.StdEncoding.EncodeToString(data), err == nil
}
