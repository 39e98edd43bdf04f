package main

import (
	"path"
	"slices"
	"strings"

	"github.com/skein-dev/skein/hack/testrun/record"
)

// module is the import path of the repository's top.
const module = "github.com/skein-dev/skein"

// state is how far a row or a scenario is.
type state string

const (
	// green: a test that carries the id ran, and none that did failed.
	green state = "green"
	// failed: a test that carries the id ran and did not pass.
	failed state = "failed"
	// notRun: there are tests, and none of them ran.
	notRun state = "not run"
	// waiting: rows.yaml says why the row waits.
	waiting state = "waiting"
	// open: there is no test, or only tests of the local AWS.
	open state = "open"
)

// judge says what came of the tests that carry an id: green, failed or notRun.
type judge func(id string, tests []test) state

// stateOf says how far a row is; waits is its reason to wait, or "".
func stateOf(id, waits string, tests []test, judged judge) state {
	switch {
	case waits != "":
		return waiting
	case !slices.ContainsFunc(tests, func(t test) bool { return !t.trap() }):
		return open
	}
	return judged(id, tests)
}

// byRecord judges by what really ran. Tests of the local AWS cannot make a row green, but they can break it.
func byRecord(r record.Record) judge {
	return func(id string, tests []test) state {
		s := notRun
		for _, t := range tests {
			for _, outcome := range outcomes(r, id, t) {
				switch {
				case outcome != record.Pass:
					return failed
				case !t.trap():
					s = green
				}
			}
		}
		return s
	}
}

// outcomes are those of a test, or of its subtests that carry the id where it does not carry it itself. They are none
// where it did not run.
func outcomes(r record.Record, id string, t test) []record.Outcome {
	var found []record.Outcome
	for name, outcome := range r[path.Join(module, t.folder)] {
		segments := strings.Split(name, "/")
		if segments[0] != t.name {
			continue
		}
		carries := func(segment string) bool { return segment == id || strings.HasPrefix(segment, id+"_") }
		if !t.subtests && len(segments) == 1 || t.subtests && slices.ContainsFunc(segments[1:], carries) {
			found = append(found, outcome)
		}
	}
	return found
}

// report is what -o json prints. Every row is counted once: in green, or by its id in one of the lists, which are in
// the order of rows.yaml and never null.
type report struct {
	Rows    int          `json:"rows"`
	Green   int          `json:"green"`
	Waiting []waitingRow `json:"waiting"`
	// Open, Failed and NotRun are ids.
	Open   []string `json:"open"`
	Failed []string `json:"failed"`
	NotRun []string `json:"notRun"`
}

type waitingRow struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func newReport(c catalogue, tests map[string][]test, judged judge) report {
	r := report{Waiting: []waitingRow{}, Open: []string{}, Failed: []string{}, NotRun: []string{}}
	for _, row := range c.rows() {
		r.Rows++
		switch stateOf(row.ID, row.Waits, tests[row.ID], judged) {
		case green:
			r.Green++
		case waiting:
			r.Waiting = append(r.Waiting, waitingRow{row.ID, row.Waits})
		case failed:
			r.Failed = append(r.Failed, row.ID)
		case notRun:
			r.NotRun = append(r.NotRun, row.ID)
		case open:
			r.Open = append(r.Open, row.ID)
		}
	}
	return r
}

// done is true where every row is green or waits with a reason.
func (r report) done() bool { return r.Green+len(r.Waiting) == r.Rows }
