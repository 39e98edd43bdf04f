// Package record keeps what came of each test when its package was last run: hack/testrun writes it, hack/gauntlet reads it.
package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// File is where the record lies, from the top of the repository. It is not checked in: `make clean` removes it.
const File = "bin/tests.json"

// Outcome is what came of a test.
type Outcome string

// Outcomes are the words of `go test -json`. A test that began and did not end, as when its program crashed, stays Unfinished.
const (
	Pass       Outcome = "pass"
	Fail       Outcome = "fail"
	Skip       Outcome = "skip"
	Unfinished Outcome = "unfinished"
)

// Record has the outcomes by import path and by name of the test; a subtest is called TestName/its_name. A package
// without tests in it was run and built none.
type Record map[string]map[string]Outcome

// Begin forgets what an earlier run said of a package.
func (r Record) Begin(pkg string) {
	r[pkg] = map[string]Outcome{}
}

// Set notes the outcome of a test.
func (r Record) Set(pkg, test string, outcome Outcome) {
	if r[pkg] == nil {
		r.Begin(pkg)
	}
	r[pkg][test] = outcome
}

// Read reads the record of a file. Its error is fs.ErrNotExist where there is none.
func Read(file string) (Record, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the record of tests: %w", err)
	}
	r := Record{}
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("reading the record of tests %s: %w", file, err)
	}
	return r, nil
}

// Update writes the packages of r into the record of a file and leaves the others as they are. A file that is missing
// or cannot be read is begun anew.
func (r Record) Update(file string) error {
	all, err := Read(file)
	if err != nil {
		all = Record{}
	}
	maps.Copy(all, r)
	content, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return fmt.Errorf("writing the record of tests: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("writing the record of tests: %w", err)
	}
	if err := os.WriteFile(file+".new", append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the record of tests: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("writing the record of tests: %w", err)
	}
	return nil
}
