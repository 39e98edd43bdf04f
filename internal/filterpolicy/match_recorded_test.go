package filterpolicy

import (
	"encoding/json"
	"os"
	"testing"
)

// matchCase is one message that was published to AWS, see testdata/README.md.
type matchCase struct {
	Name              string
	Scope             Scope
	Policy            string
	MessageAttributes map[string]struct{ DataType, StringValue string }
	Body              string
	Delivered         bool
}

func (c matchCase) message() Message {
	m := Message{Body: c.Body, Attributes: map[string]Attribute{}}
	for name, a := range c.MessageAttributes {
		m.Attributes[name] = Attribute{Type: a.DataType, Value: a.StringValue}
	}
	return m
}

func matchCases(t testing.TB) []matchCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/filter-policy-match.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []matchCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 37 {
		t.Fatalf("%d recorded cases, want 37", len(cases))
	}
	return cases
}

func TestMatchDeliversAsRecorded(t *testing.T) {
	for _, c := range matchCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			got := mustParse(t, c.Policy, c.Scope).Match(c.message())
			if got.Matched != c.Delivered {
				t.Errorf("policy %s: %+v, want matched %v", c.Policy, got, c.Delivered)
			}
		})
	}
}

// mustParse reads a policy that SNS takes.
func mustParse(t testing.TB, policy string, scope Scope) *Policy {
	t.Helper()
	p, err := Parse([]byte(policy), scope)
	if err != nil {
		t.Fatalf("Parse(%s): %v", policy, err)
	}
	return p
}
