package main

import (
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// target is one fuzz target.
type target struct {
	pkg  goPackage
	name string
}

// runFuzz fuzzes every target of the repository for a while. What is found stays
// as a case under the package's testdata, which the ordinary tests replay.
func runFuzz(p part, packages []goPackage, each time.Duration) result {
	started := time.Now()
	r := result{part: p}
	var targets []target
	for _, pkg := range packages {
		found, err := fuzzTargetsOf(pkg)
		if err != nil {
			fmt.Println("FAIL\t" + err.Error())
			r.failed++
		}
		if len(found) > 0 {
			r.packages++
		}
		targets = append(targets, found...)
	}
	heading(r)
	if each == 0 {
		each = share(p.budget, len(targets))
	}
	for _, t := range targets {
		if fuzz(t, each) {
			r.passed++
		} else {
			r.failed++
		}
	}
	r.took = time.Since(started)
	return r
}

// fuzzTargetsOf returns the targets of a package, and an error where building
// them for the fuzzer would compile the SDK or Kubernetes once more.
func fuzzTargetsOf(pkg goPackage) ([]target, error) {
	names, err := pkg.fuzzTargets()
	if err != nil || len(names) == 0 {
		return nil, err
	}
	heavy, err := pkg.heavyForFuzzing()
	if err != nil {
		return nil, err
	}
	if heavy != "" {
		return nil, fmt.Errorf("%s has fuzz targets but links %s: fuzz only packages that are free of the SDK and of Kubernetes", pkg.ImportPath, heavy)
	}
	var targets []target
	for _, name := range names {
		targets = append(targets, target{pkg: pkg, name: name})
	}
	return targets, nil
}

// share divides a budget among targets, less some seconds each for building and
// starting, and never gives one more than ten seconds nor less than one.
func share(budget time.Duration, targets int) time.Duration {
	const overhead = 4 * time.Second
	if targets == 0 {
		return 0
	}
	return max(time.Second, min(10*time.Second, (budget/time.Duration(targets)-overhead).Round(time.Second)))
}

func fuzz(t target, each time.Duration) bool {
	started := time.Now()
	command := exec.Command("go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime=10x", "-timeout="+(each+5*time.Minute).String(), t.pkg.ImportPath)
	output, err := command.CombinedOutput()
	passed := err == nil || timeIsUp(t.name, string(output))
	status := "ok  "
	if !passed {
		status = "FAIL"
		fmt.Printf("%s", output)
	}
	fmt.Printf("%s\t%s\t%s\t%.1fs\n", status, t.pkg.ImportPath, t.name, time.Since(started).Seconds())
	return passed
}

// timeIsUp tells the end of the time from a finding: where the time ends while Go's fuzzer hands work out, it reports its
// own deadline as the failure of the target (https://go.dev/issue/75804, mended in Go 1.27). A finding comes with an input.
func timeIsUp(target, output string) bool {
	_, failure, failed := strings.Cut(output, "--- FAIL: "+target+" (")
	_, failure, _ = strings.Cut(failure, "\n")
	rest, ended := strings.CutPrefix(failure, "    context deadline exceeded\n")
	return failed && ended && strings.HasPrefix(rest, "FAIL\n")
}
