package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// recorded is a case of any kind.
type recorded interface {
	name() string
	// replay returns how the local AWS answers differently from AWS, nil if it does not, and errIncomparable for a
	// case that says nothing of the services that the local AWS has.
	replay(ctx context.Context) error
}

// errIncomparable is the answer of a case that is not counted.
var errIncomparable = errors.New("not comparable")

// caseFile is a file with its cases; name is that within its directory.
type caseFile struct {
	name  string
	cases []recorded
}

// readDir reads the case files of a directory in the order of their names. The error joins those of the files that
// could not be read.
func readDir(dir string) ([]caseFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading case files: %w; name another directory with --dir", err)
	}
	var files []caseFile
	var failed []error
	for _, entry := range entries {
		if entry.IsDir() || filepath.Ext(entry.Name()) != ".json" {
			continue
		}
		cases, err := readFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			failed = append(failed, err)
			continue
		}
		files = append(files, caseFile{name: entry.Name(), cases: cases})
	}
	if len(files)+len(failed) == 0 {
		failed = append(failed, fmt.Errorf("reading case files: %s has no *.json file", dir))
	}
	return files, errors.Join(failed...)
}

// readFile reads the cases of a file. Those that cannot be read are cases that disagree, unless none can.
func readFile(path string) ([]recorded, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading cases: %w", err)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(data, &elements); err != nil {
		return nil, fmt.Errorf("reading cases of %s: the file must be a JSON array of cases: %w", path, err)
	}
	var cases []recorded
	var first error
	readable := 0
	for i, element := range elements {
		c, err := readCase(element)
		if err == nil {
			readable++
		} else {
			c = unreadableCase{caseName: nameOf(element, i), reason: err}
			first = errors.Join(first, err)
		}
		cases = append(cases, c)
	}
	if readable == 0 && len(cases) > 0 {
		first, _, _ := strings.Cut(first.Error(), "\n")
		return nil, fmt.Errorf("reading cases of %s: none can be read, the first: %s", path, first)
	}
	return cases, nil
}

// readCase reads a case of the kind that its keys say.
func readCase(element json.RawMessage) (recorded, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(element, &keys); err != nil {
		return nil, fmt.Errorf("decoding a case: %w", err)
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { _, ok := keys[name]; return !ok })
	}
	switch {
	case has("service", "op"):
		return decode[operationCase](element)
	case has("api", "policy", "valid"):
		return decode[filterPolicyCase](element)
	case has("policy", "delivered"):
		return decode[filterMatchCase](element)
	case has("pattern", "event"):
		return decode[eventPatternCase](element)
	default:
		return nil, fmt.Errorf("telling the kind of a case: no kind has the keys %s",
			strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
	}
}

func decode[T recorded](element json.RawMessage) (recorded, error) {
	var c T
	if err := json.Unmarshal(element, &c); err != nil {
		return nil, fmt.Errorf("decoding a case: %w", err)
	}
	return c, nil
}

// unreadableCase is a case of which nothing can be said.
type unreadableCase struct {
	caseName string
	reason   error
}

func (c unreadableCase) name() string                 { return c.caseName }
func (c unreadableCase) replay(context.Context) error { return unreadable(c.reason) }

// unreadable is the disagreement of a case that the replay does not understand.
func unreadable(reason error) error { return fmt.Errorf("cannot be read: %w", reason) }

// nameOf returns the name of a case that cannot be read, its number in the file if it has none.
func nameOf(element json.RawMessage, index int) string {
	var named struct{ Name string }
	_ = json.NewDecoder(bytes.NewReader(element)).Decode(&named)
	if named.Name == "" {
		return fmt.Sprintf("case %d", index+1)
	}
	return named.Name
}
