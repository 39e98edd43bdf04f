package main

import (
	"fmt"
	"os/exec"
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
	command := exec.Command("go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime=10x", "-timeout=10m", t.pkg.ImportPath)
	output, err := command.CombinedOutput()
	status := "ok  "
	if err != nil {
		status = "FAIL"
		fmt.Printf("%s", output)
	}
	fmt.Printf("%s\t%s\t%s\t%.1fs\n", status, t.pkg.ImportPath, t.name, time.Since(started).Seconds())
	return err == nil
}
