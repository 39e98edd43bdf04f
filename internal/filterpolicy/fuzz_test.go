package filterpolicy

import (
	"encoding/json"
	"testing"
)

// FuzzParse holds that Parse never panics, refuses only with *Error, and that what it takes has a canonical form that
// it takes again and counts the same.
func FuzzParse(f *testing.F) {
	for _, c := range recordedCases(f) {
		f.Add([]byte(c.Policy), c.Scope == ScopeMessageBody)
	}
	f.Add([]byte(`{"a":[{"anything-but":[1.50,2]}],"$or":[{"b":[{"cidr":"::/0"}]},{"c":{"d":[null]}}]}`), true)
	f.Fuzz(func(t *testing.T, raw []byte, body bool) {
		scope := ScopeMessageAttributes
		if body {
			scope = ScopeMessageBody
		}
		policy, err := Parse(raw, scope)
		if reasonOf(t, err) != "" {
			return
		}
		canonical, err := Canonical(raw)
		if err != nil {
			t.Fatalf("%q has no canonical form: %v", raw, err)
		}
		if canonical != "" && !json.Valid([]byte(canonical)) {
			t.Fatalf("the canonical form of %q is no JSON: %s", raw, canonical)
		}
		again, err := Parse([]byte(canonical), scope)
		if err != nil {
			t.Fatalf("the canonical form of %q is refused: %v", raw, err)
		}
		if policy.Keys() != again.Keys() || policy.Leaves() != again.Leaves() || policy.Combinations() != again.Combinations() {
			t.Fatalf("%q and its canonical form %s count differently", raw, canonical)
		}
		if twice, _ := Canonical([]byte(canonical)); twice != canonical {
			t.Fatalf("canonical form of %s is %s", canonical, twice)
		}
	})
}
