package localaws

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// between accepts whole numbers from low to high.
func between(low, high int) func(string) (string, bool) {
	return func(value string) (string, bool) {
		n, err := strconv.Atoi(value)
		if err != nil || n < low || n > high {
			return "", false
		}
		return itoa(n), true
	}
}

// boolean accepts true and false in any case and returns them in lower case.
func boolean(value string) (string, bool) {
	lower := strings.ToLower(value)
	return lower, lower == "true" || lower == "false"
}

func oneOf(values ...string) func(string) (string, bool) {
	return func(value string) (string, bool) { return value, slices.Contains(values, value) }
}

func anyText(value string) (string, bool) { return value, true }

// sameSetting compares two values of an attribute: documents by their content, all else as text.
func sameSetting(name, a, b string) bool {
	if a == b {
		return true
	}
	return strings.HasSuffix(name, "Policy") && sameJSON(a, b)
}

// sameJSON reports whether two texts are JSON documents of the same content.
func sameJSON(a, b string) bool {
	var left, right any
	if json.Unmarshal([]byte(a), &left) != nil || json.Unmarshal([]byte(b), &right) != nil {
		return false
	}
	return reflect.DeepEqual(left, right)
}
