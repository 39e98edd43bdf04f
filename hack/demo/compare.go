package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// compare says which attributes are not as wanted; others may be there.
func compare(what string, have, want map[string]string) error {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if value, ok := have[name]; !ok || value != want[name] {
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %q", name, value, want[name]))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("comparing %s: %s", what, strings.Join(wrong, "; "))
	}
	return nil
}

// compareJSON compares a document as JSON means it.
func compareJSON(what, have string, want any) error {
	var got any
	if err := json.Unmarshal([]byte(have), &got); err != nil {
		return fmt.Errorf("comparing %s: %q is no JSON: %w", what, have, err)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("comparing %s: it is %s, not %v", what, have, want)
	}
	return nil
}
