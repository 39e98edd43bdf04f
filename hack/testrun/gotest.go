package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/hack/testrun/record"
)

// result is what came of a part.
type result struct {
	part           part
	packages       int
	passed, failed int
	took           time.Duration
	// outcomes are those of the part's tests; fuzzing has none.
	outcomes record.Record
}

// runTests runs `go test` over the packages of a part and passes on what a reader
// wants to see: a line a package, and everything of a test that failed.
func runTests(p part, packages []goPackage) result {
	started := time.Now()
	r := result{part: p}
	arguments := []string{"test", "-json", "-count=1", "-timeout=10m"}
	if p.race {
		arguments = append(arguments, "-race")
	}
	for _, pkg := range packages {
		if pkg.hasTests() {
			arguments = append(arguments, pkg.ImportPath)
			r.packages++
		}
	}
	heading(r)
	if r.packages == 0 {
		return r
	}
	defer ticking(started)()
	command := exec.Command("go", arguments...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		reader := newReader(os.Stdout)
		readErr := reader.readAll(output)
		err = command.Wait()
		r.passed, r.failed, r.outcomes = reader.passed, reader.failed, reader.outcomes
		if readErr != nil {
			err = readErr
		}
	}
	if err != nil && r.failed == 0 {
		fmt.Println("FAIL\tgo test:", err)
		r.failed++
	}
	r.took = time.Since(started)
	return r
}

// ticking shows every half a minute that the part still runs: on a fresh machine
// the first packages take minutes to compile. The returned function ends it.
func ticking(started time.Time) (stop func()) {
	ticker, done := time.NewTicker(30*time.Second), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				fmt.Printf("    … %.0f s\n", time.Since(started).Seconds())
			case <-done:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
	}
}

func heading(r result) {
	race := ""
	if r.part.race {
		race = ", -race"
	}
	fmt.Printf("\n=== %s: %d packages%s\n", r.part.name, r.packages, race)
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// reader turns events into lines and counts.
type reader struct {
	out            io.Writer
	passed, failed int
	// held is the output of tests that have not ended, and of packages under the name "".
	held map[string]map[string]*strings.Builder
	// broken holds packages of which a test failed.
	broken   map[string]bool
	outcomes record.Record
}

func newReader(out io.Writer) *reader {
	return &reader{out: out, held: map[string]map[string]*strings.Builder{}, broken: map[string]bool{}, outcomes: record.Record{}}
}

func (r *reader) readAll(input io.Reader) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				r.take(e)
			} else {
				fmt.Fprintf(r.out, "%s", line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the output of go test: %w", err)
		}
	}
}

func (r *reader) take(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "start":
		r.outcomes.Begin(e.Package)
	case "run":
		r.outcomes.Set(e.Package, e.Test, record.Unfinished)
	case "output":
		r.hold(e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(e)
		}
	}
}

func (r *reader) hold(e event) {
	if r.held[e.Package] == nil {
		r.held[e.Package] = map[string]*strings.Builder{}
	}
	if r.held[e.Package][e.Test] == nil {
		r.held[e.Package][e.Test] = &strings.Builder{}
	}
	r.held[e.Package][e.Test].WriteString(e.Output)
}

// endTest counts a test. Nothing may skip here, so a skipped test counts as failed.
func (r *reader) endTest(e event) {
	r.outcomes.Set(e.Package, e.Test, record.Outcome(e.Action))
	if e.Action == "pass" {
		r.passed++
	} else {
		r.failed++
		r.broken[e.Package] = true
		if text := r.held[e.Package][e.Test]; text != nil {
			fmt.Fprint(r.out, text)
		}
	}
	delete(r.held[e.Package], e.Test)
}

// endPackage writes the line that go test writes. Where a package failed, what
// was not told yet is: a panic, a control plane that did not start.
func (r *reader) endPackage(e event) {
	if e.Action == "fail" {
		held := r.held[e.Package]
		for _, test := range slices.Backward(slices.Sorted(maps.Keys(held))) {
			fmt.Fprint(r.out, held[test]) // the package's own, which ends with its line, comes last
		}
		if !r.broken[e.Package] {
			r.failed++
		}
	} else {
		fmt.Fprintf(r.out, "ok  \t%s\t%.1fs\n", e.Package, e.Elapsed)
	}
	delete(r.held, e.Package)
}
