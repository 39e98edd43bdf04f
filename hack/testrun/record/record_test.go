package record

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUpdate: a run of some packages replaces all that was known of them, and nothing of the others.
func TestUpdate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bin", "tests.json")
	if _, err := Read(file); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("there is no record: %v", err)
	}
	runs := []Record{
		{"a": {"TestGone": Pass, "TestStays": Fail}, "b": {"TestB": Pass}},
		{"a": {"TestStays": Pass}},
	}
	for _, run := range runs {
		if err := run.Update(file); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Record{"a": {"TestStays": Pass}, "b": {"TestB": Pass}}, got); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
}
