package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// goPackage is what `go list` says of a package.
type goPackage struct {
	ImportPath   string
	Dir          string
	TestGoFiles  []string
	XTestGoFiles []string
	TestImports  []string
	XTestImports []string
}

// usesControlPlane is true where the package's tests start etcd and kube-apiserver.
func (p goPackage) usesControlPlane() bool {
	return p.ImportPath == testenv || slices.Contains(p.TestImports, testenv) || slices.Contains(p.XTestImports, testenv)
}

func (p goPackage) hasTests() bool { return len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 }

func listPackages() ([]goPackage, error) {
	command := exec.Command("go", "list", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles,TestImports,XTestImports", "./...")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var pkg goPackage
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("listing the packages: %w", err)
		}
		packages = append(packages, pkg)
	}
}

var fuzzDeclaration = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// fuzzTargets returns the names of the package's fuzz targets.
func (p goPackage) fuzzTargets() ([]string, error) {
	var targets []string
	for _, file := range append(slices.Clone(p.TestGoFiles), p.XTestGoFiles...) {
		content, err := os.ReadFile(filepath.Join(p.Dir, file))
		if err != nil {
			return nil, err
		}
		for _, match := range fuzzDeclaration.FindAllSubmatch(content, -1) {
			targets = append(targets, string(match[1]))
		}
	}
	return targets, nil
}

// heavyForFuzzing returns a package that the tests of this one link and that
// makes building them with the fuzzer's instrumentation slow, or "".
func (p goPackage) heavyForFuzzing() (string, error) {
	output, err := exec.Command("go", "list", "-deps", "-test", p.ImportPath).Output()
	if err != nil {
		return "", fmt.Errorf("listing what %s imports: %w", p.ImportPath, err)
	}
	for path := range strings.Lines(string(output)) {
		path = strings.TrimSpace(path)
		sdk := within(path, "github.com/aws/aws-sdk-go-v2") && path != "github.com/aws/aws-sdk-go-v2/aws/arn"
		if sdk || strings.HasPrefix(path, "k8s.io/") || within(path, "sigs.k8s.io/controller-runtime") {
			return path, nil
		}
	}
	return "", nil
}
