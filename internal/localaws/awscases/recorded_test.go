package awscases_test

import (
	"path/filepath"
	"testing"

	"github.com/skein-dev/skein/internal/localaws"
)

// disagreements are the recorded cases that localaws answers differently, each with its reason.
var disagreements = map[string]string{
	"test_not_found_error_on_set_subscription_attributes/set_subscription_attributes-ok-1": "AWS's cache: right after " +
		"Unsubscribe the call still succeeded, later it was answered NotFound (see the test that it comes from); here " +
		"it is NotFound at once, and only reads can be made to lag",
}

// TestRecordedCases replays what real AWS answered. A case that begins to differ fails, and so does one that is
// listed as different but agrees.
func TestRecordedCases(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.json")
	if err != nil || len(files) != 5 {
		t.Fatalf("found case files %v, %v; want 5", files, err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		cases, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			seen[c.Name] = true
			t.Run(filepath.Base(file)+"/"+c.Name, func(t *testing.T) {
				reason, listed := disagreements[c.Name]
				err := Replay(t.Context(), Target{HTTPClient: localaws.New().HTTPClient()}, c)
				switch {
				case err != nil && !listed:
					t.Error(err)
				case err == nil && listed:
					t.Errorf("agrees with AWS now, though listed as different: %s", reason)
				}
			})
		}
	}
	for name := range disagreements {
		if !seen[name] {
			t.Errorf("no case is called %s", name)
		}
	}
}
