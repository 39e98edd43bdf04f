// Command testrun runs every test of the repository in parts, shows what each
// part took and ends with "N passed, N failed":
//
//	go run ./hack/testrun [--fuzztime 5s] [part ...]
//
// Every package belongs to exactly one part, found by pattern (parts.go): a new
// package that fits none fails the run. Parts that need the AWS emulators share
// one moto and one fauxqs. `make setup` comes first.
//
// What came of each test stays in bin/tests.json (package record) until its
// package is run again.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/hack/testrun/record"
)

// emulatorsEnv is set by hack/emulators for what it runs.
const emulatorsEnv = "SKEIN_MOTO_ENDPOINT"

func main() {
	fuzztime := flag.Duration("fuzztime", 0, "how long to fuzz each target; 0 shares the part's budget out")
	flag.Usage = usage
	flag.Parse()
	failed, err := run(flag.Args(), *fuzztime)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	if err != nil || failed {
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintf(os.Stderr, "usage: go run ./hack/testrun [--fuzztime 5s] [part ...]\n\nparts: %s\n", strings.Join(partNames(), ", "))
	flag.PrintDefaults()
}

func run(names []string, fuzztime time.Duration) (failed bool, err error) {
	chosen, err := choose(names)
	if err != nil {
		return false, err
	}
	if os.Getenv(emulatorsEnv) == "" && slices.ContainsFunc(chosen, func(p part) bool { return p.emulators }) {
		return underEmulators(os.Args[1:])
	}
	packages, err := listPackages()
	if err != nil {
		return false, err
	}
	assigned, err := assign(packages)
	if err != nil {
		return false, err
	}
	var results []result
	for _, p := range chosen {
		if p.fuzz {
			results = append(results, runFuzz(p, packages, fuzztime))
			continue
		}
		r := runTests(p, assigned[p.name])
		results = append(results, r)
		if err := r.outcomes.Update(record.File); err != nil {
			return false, err
		}
	}
	return summarize(os.Stdout, results), nil
}

// underEmulators runs this program again as a child of hack/emulators, which
// gives it the endpoints of one moto and one fauxqs.
func underEmulators(arguments []string) (failed bool, err error) {
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	command := exec.Command("go", append([]string{"run", "./hack/emulators", self}, arguments...)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = command.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("starting the emulators: %w", err)
	}
	return false, nil
}
