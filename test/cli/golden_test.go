package cli

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata instead of comparing with it")

// What differs from run to run: ages of what the test has just made, and times of the day.
var (
	seconds = regexp.MustCompile(`\b(\d+m)?\d+s\b`)
	times   = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT[0-9:.]+Z`)
)

// golden compares what was printed with testdata/NAME.txt. Ages of seconds and times are masked there.
func golden(t *testing.T, name, got string) {
	t.Helper()
	goldenExact(t, name, times.ReplaceAllString(seconds.ReplaceAllString(got, "Ns"), "TIME"))
}

// goldenExact is golden for what is the same in every run.
func goldenExact(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run go test ./test/cli -update, and look at what it wrote", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// same compares values.
func same[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
