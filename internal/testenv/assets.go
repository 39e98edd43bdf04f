package testenv

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Version is the Kubernetes version of the control plane.
const Version = "1.36.3"

// ErrNotSetUp is returned where a program of the control plane is missing.
var ErrNotSetUp = errors.New("the control plane is not set up: run `make setup` first")

// Program returns the path of etcd, kube-apiserver, kubectl or
// kube-controller-manager: from KUBEBUILDER_ASSETS where that has it, else from
// the cache that `make setup` fills. The error is ErrNotSetUp where neither has.
func Program(name string) (string, error) {
	var looked []error
	for _, directory := range assetDirectories() {
		path := filepath.Join(directory, name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return path, nil
		}
		looked = append(looked, fmt.Errorf("no program %s", path))
	}
	return "", fmt.Errorf("%w: %w", ErrNotSetUp, errors.Join(looked...))
}

// assetDirectories lists where hack/envtest/assets.sh leaves programs, best first.
func assetDirectories() []string {
	var directories []string
	if directory := os.Getenv("KUBEBUILDER_ASSETS"); directory != "" {
		directories = append(directories, directory)
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return directories
		}
		cache = filepath.Join(home, ".cache")
	}
	return append(directories, filepath.Join(cache, "skein", "envtest", Version))
}

// Root returns the top folder of the repository, found upwards from the working
// directory, so that it is right for `go test` and `go run` alike.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for directory := start; ; directory = filepath.Dir(directory) {
		content, err := os.ReadFile(filepath.Join(directory, "go.mod"))
		if err == nil && bytes.HasPrefix(content, []byte("module github.com/skein-dev/skein\n")) {
			return directory, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("finding the repository: %w", err)
		}
		if directory == filepath.Dir(directory) {
			return "", fmt.Errorf("finding the repository: no go.mod of Skein above %s", start)
		}
	}
}
