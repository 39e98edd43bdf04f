package filterpolicy

import (
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

// Canonical returns a filter policy in the canonical form of RFC 8785, for comparison: two policies with the same
// canonical form mean the same. White space, key order and the writing of numbers (1.50, 1.5) make no difference;
// the order of alternatives does, as SNS returns them in the order sent. Empty text and {} pass every message and
// are both "". Text that is not JSON, that repeats a key, or that holds a number which the canonical form cannot tell
// from its neighbours (more than about 16 digits) is an error.
func Canonical(raw []byte) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	tree, err := readJSON(raw)
	if err != nil {
		return "", fmt.Errorf("making filter policy canonical: %w", err)
	}
	if err := checkNumbers("", tree); err != nil {
		return "", fmt.Errorf("making filter policy canonical: %w", err)
	}
	text, err := jcs.Transform(raw)
	if err != nil {
		return "", fmt.Errorf("making filter policy canonical: %w", unreadable(err.Error()))
	}
	if string(text) == "{}" {
		return "", nil
	}
	return string(text), nil
}

// checkNumbers looks for a number that the canonical form would round.
func checkNumbers(path string, v any) error {
	switch v := v.(type) {
	case json.Number:
		if !exact(v.String()) {
			return &Error{
				Key:    path,
				Reason: "Number has too many digits to be compared: " + v.String(),
				Hint:   "write it as a string",
			}
		}
	case []any:
		for _, item := range v {
			if err := checkNumbers(path, item); err != nil {
				return err
			}
		}
	case object:
		for _, m := range v {
			if err := checkNumbers(join(path, m.name), m.value); err != nil {
				return err
			}
		}
	}
	return nil
}
