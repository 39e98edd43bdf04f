package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	module  = "github.com/skein-dev/skein"
	testenv = module + "/internal/testenv"
)

// part is a group of packages that is tested together.
type part struct {
	name string
	// folders are those of the part, with all below them, from the top of the repository.
	folders []string
	// controlPlane is true for the part of all packages whose tests use internal/testenv, wherever they lie.
	controlPlane bool
	// fuzz is true for the part that runs fuzz targets instead of tests.
	fuzz bool
	// race turns the race detector on.
	race bool
	// emulators is true where tests may speak to moto and fauxqs.
	emulators bool
	// budget is what the part may take with a warm build cache on two cores.
	budget time.Duration
}

// parts are in the order in which they run: the quickest answer first.
var parts = []part{
	{name: "pure", race: true, budget: 20 * time.Second, folders: []string{
		"api", "internal/topology", "internal/policydoc", "internal/filterpolicy",
		"internal/plan", "internal/fault", "internal/delivery", "internal/status", "internal/redrive",
	}},
	{name: "localaws", race: true, budget: 40 * time.Second, folders: []string{"internal/localaws", "hack/awscases"}},
	{name: "cloud", race: true, emulators: true, budget: 90 * time.Second, folders: []string{
		"internal/cloud", "internal/steady", "internal/testaws", "test/conformance",
	}},
	{name: "programs", budget: 30 * time.Second, folders: []string{"cmd", "internal/cli", "hack", "docs", "config", "test", "internal/controller", "internal/metrics"}},
	{name: "control-plane", controlPlane: true, emulators: true, budget: 150 * time.Second},
	{name: "fuzz", fuzz: true, budget: 150 * time.Second},
}

func partNames() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// choose returns the parts of these names in running order, all where there are none.
func choose(names []string) ([]part, error) {
	if len(names) == 0 {
		return parts, nil
	}
	for _, name := range names {
		if !slices.Contains(partNames(), name) {
			return nil, fmt.Errorf("there is no part %q: have %s", name, strings.Join(partNames(), ", "))
		}
	}
	var chosen []part
	for _, p := range parts {
		if slices.Contains(names, p.name) {
			chosen = append(chosen, p)
		}
	}
	return chosen, nil
}

// assign gives every package to one part: to the control plane's where its tests
// use that, else to the one with the longest folder above it.
func assign(packages []goPackage) (map[string][]goPackage, error) {
	assigned := map[string][]goPackage{}
	var lost []string
	for _, pkg := range packages {
		if name := partOf(pkg); name != "" {
			assigned[name] = append(assigned[name], pkg)
		} else {
			lost = append(lost, pkg.ImportPath)
		}
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("no part tests %s: add the folder to hack/testrun/parts.go", strings.Join(lost, ", "))
	}
	return assigned, nil
}

func partOf(pkg goPackage) string {
	name, longest := "", 0
	for _, p := range parts {
		if p.controlPlane && pkg.usesControlPlane() {
			return p.name
		}
		for _, folder := range p.folders {
			if within(pkg.ImportPath, module+"/"+folder) && len(folder) > longest {
				name, longest = p.name, len(folder)
			}
		}
	}
	return name
}

// within is true for a package and for those below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
