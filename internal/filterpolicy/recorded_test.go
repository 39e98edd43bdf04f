package filterpolicy

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// recordedCase is one answer of AWS, see testdata/README.md.
type recordedCase struct {
	Name     string
	Scope    Scope
	Policy   string
	Valid    bool
	AWSError *struct{ Message string }
}

func recordedCases(t testing.TB) []recordedCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/filter-policy-validation.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []recordedCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 46 {
		t.Fatalf("%d recorded cases, want 46", len(cases))
	}
	return cases
}

// reason cuts AWS's message down to what Error.Reason holds. There are no exceptions.
func (c recordedCase) reason() string {
	if c.AWSError == nil {
		return ""
	}
	line, _, _ := strings.Cut(c.AWSError.Message, "\n")
	line = strings.TrimPrefix(line, "Invalid parameter: ")
	line = strings.TrimPrefix(line, "Attributes Reason: ")
	return strings.TrimPrefix(line, "FilterPolicy: ")
}

func TestParseAnswersAsRecorded(t *testing.T) {
	for _, c := range recordedCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			policy, err := Parse([]byte(c.Policy), c.Scope)
			if got := reasonOf(t, err); got != c.reason() || (err == nil) != c.Valid {
				t.Errorf("Parse(%s):\n got %q\nwant %q", c.Policy, got, c.reason())
			}
			if (policy == nil) == c.Valid {
				t.Errorf("Parse(%s) returned the policy %+v", c.Policy, policy)
			}
		})
	}
}

// reasonOf returns the reason of a refusal, "" for nil.
func reasonOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%T is not an *Error: %v", err, err)
	}
	return refusal.Error()
}
