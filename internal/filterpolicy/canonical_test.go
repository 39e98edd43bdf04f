package filterpolicy

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	tests := map[string]struct {
		a, b  string
		equal bool
	}{
		"white space and key order": {`{"b": [1], "a": [ "x" ]}`, `{"a":["x"],"b":[1]}`, true},
		"writing of numbers":        {`{"a": [1.50, 1e2, -0]}`, `{"a":[1.5, 100, 0.0]}`, true},
		"other number":              {`{"a": [1.5]}`, `{"a":[1.51]}`, false},
		"number and string":         {`{"a": [1]}`, `{"a":["1"]}`, false},
		"escapes":                   {`{"a": ["\u0041\/"]}`, `{"a":["A/"]}`, true},
		"order of alternatives":     {`{"a": ["x","y"]}`, `{"a":["y","x"]}`, false},
		"empty and absent":          {`{}`, ``, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, errA := Canonical([]byte(tt.a))
			b, errB := Canonical([]byte(tt.b))
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if (a == b) != tt.equal {
				t.Errorf("%s and %s: equal %v, want %v", a, b, a == b, tt.equal)
			}
		})
	}
}

func TestCanonicalErrors(t *testing.T) {
	tests := map[string]struct{ policy, want string }{
		"not JSON":    {`{`, "failed to parse JSON"},
		"repeated":    {`{"a": [1], "a": [2]}`, "Duplicate key"},
		"long number": {`{"a": [12345678901234567891]}`, "too many digits"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Canonical([]byte(tt.policy))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Canonical(%s) = %q, %v, want an error with %q", tt.policy, got, err, tt.want)
			}
		})
	}
}

func TestExact(t *testing.T) {
	tests := map[string]bool{
		"0": true, "-0.0": true, "0e99999999999999999999": true, "1": true, "0.1": true, "1e+5": true, "1.5E-7": true,
		"9007199254740992": true, "9007199254740993": false, "123456789012": true, "1e400": false,
		"1e-99999999999999999999": false, "0.1000000000000000055511151231257827": false,
	}
	for number, want := range tests {
		if got := exact(number); got != want {
			t.Errorf("exact(%s) = %v, want %v", number, got, want)
		}
	}
}
