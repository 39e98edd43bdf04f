package main

import (
	"errors"
	"testing"
)

// TestRecordedCases replays what real AWS answered. A case that begins to differ fails, and so does one that is
// listed as different but agrees. EventBridge's patterns are a hint and fail nothing.
func TestRecordedCases(t *testing.T) {
	files, err := readDir("testdata")
	if err != nil || len(files) != 9 {
		t.Fatalf("read %d case files, %v; want 9", len(files), err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		for _, c := range file.cases {
			if _, hint := c.(eventPatternCase); hint {
				continue
			}
			seen[c.name()] = true
			t.Run(file.name+"/"+c.name(), func(t *testing.T) {
				reason, listed := explained[c.name()]
				err := c.replay(t.Context())
				switch {
				case err != nil && !listed:
					t.Error(err)
				case err == nil && listed:
					t.Errorf("agrees with AWS now, though listed as different: %s", reason)
				case errors.Is(err, errIncomparable):
					t.Error("was not compared")
				}
			})
		}
	}
	for name := range explained {
		if !seen[name] {
			t.Errorf("no case is called %s", name)
		}
	}
}
