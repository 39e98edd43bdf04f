// Command gauntlet says which of the defects of other tools (rows.yaml) Skein is shown not to have, by the tests that
// ran, and writes docs/gauntlet.md:
//
//	go run ./hack/gauntlet [-o json] [--run] [--strict] [--check]
//
// rows.go has the rows, sources.go finds the tests that carry their ids, report.go holds both against the record of
// the last run (package hack/testrun/record), page.go writes and checks the page.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/skein-dev/skein/hack/testrun/record"
)

const usage = `usage: go run ./hack/gauntlet [-o page|json] [--run] [--strict] [--check]

Holds the rows of hack/gauntlet/rows.yaml against the tests whose names carry their ids (TestP07..., or a subtest
"P07 ...") and against what came of these tests when their packages were last run by make test. Writes
docs/gauntlet.md and a line that counts. -o json writes no page, and one object to standard output:

  {"rows": 60, "green": 50, "waiting": [{"id": "P24", "reason": "..."}], "open": [], "failed": [], "notRun": []}

Tests of internal/localaws show the trap and not what Skein does about it: they make no row green.

`

// options are the command line.
type options struct {
	output             string
	run, strict, check bool
}

func main() {
	err := run(".", os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "gauntlet:", err)
		os.Exit(1)
	}
}

// run does what the arguments ask for, in the tree of a repository.
func run(tree string, arguments []string, out, help io.Writer) error {
	o, err := parseOptions(arguments, help)
	if err != nil {
		return err
	}
	c, err := readCatalogue(rowsYAML)
	if err != nil {
		return err
	}
	tests, err := findTests(tree, c.ids())
	if err != nil {
		return err
	}
	if o.check {
		page, err := os.ReadFile(filepath.Join(tree, pageFile))
		if err != nil {
			return fmt.Errorf("checking the page: %w", err)
		}
		return checkPage(c, tests, string(page))
	}
	if o.run {
		if err := runTests(tree, help); err != nil {
			return err
		}
	}
	ran, err := record.Read(filepath.Join(tree, record.File))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no record of tests that ran (%s): run make test, or this with --run", record.File)
	}
	if err != nil {
		return err
	}
	r := newReport(c, tests, byRecord(ran))
	if o.output == "json" {
		err = r.print(out)
	} else {
		err = os.WriteFile(filepath.Join(tree, pageFile), []byte(render(c, tests, byRecord(ran))), 0o644)
		fmt.Fprintf(out, "%d rows: %d green, %d waiting; open %v, failed %v, not run %v\n",
			r.Rows, r.Green, len(r.Waiting), r.Open, r.Failed, r.NotRun)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if o.strict && !r.done() {
		return fmt.Errorf("not every row is green or waiting: open %v, failed %v, not run %v", r.Open, r.Failed, r.NotRun)
	}
	return nil
}

func parseOptions(arguments []string, help io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("gauntlet", flag.ContinueOnError)
	set.SetOutput(help)
	set.Usage = func() {
		fmt.Fprint(help, usage)
		set.PrintDefaults()
	}
	set.StringVar(&o.output, "o", "page", "`format`: page writes "+pageFile+", json prints")
	set.BoolVar(&o.run, "run", false, "run make test first")
	set.BoolVar(&o.strict, "strict", false, "fail unless every row is green or waiting")
	set.BoolVar(&o.check, "check", false, "only check that "+pageFile+" fits rows.yaml and the sources; needs no run")
	if err := set.Parse(arguments); err != nil {
		return o, err
	}
	if set.NArg() > 0 {
		return o, fmt.Errorf("reading arguments: %q is no flag", set.Arg(0))
	}
	if o.output != "page" && o.output != "json" {
		return o, fmt.Errorf("reading arguments: there is no format %q: have page, json", o.output)
	}
	return o, nil
}

// runTests runs all tests anew and shows it on progress. It is no error that tests failed: the record says which did,
// and without a record there is nothing to report. ARGS is emptied because it may have come from a make above.
func runTests(tree string, progress io.Writer) error {
	if err := os.Remove(filepath.Join(tree, record.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the record of an earlier run: %w", err)
	}
	command := exec.Command("make", "test", "ARGS=")
	command.Dir, command.Stdout, command.Stderr = tree, progress, progress
	if err := command.Run(); err != nil {
		fmt.Fprintln(progress, "gauntlet: running make test:", err)
	}
	return nil
}

func (r report) print(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
