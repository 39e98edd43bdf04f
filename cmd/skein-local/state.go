package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/skein-dev/skein/internal/localaws"
)

// loadState fills the local AWS with what a file holds; a file that is not there yet holds nothing.
func loadState(aws *localaws.Server, path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading state: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := aws.Load(file); err != nil {
		return fmt.Errorf("reading state from %s: %w; the file is left as it is: "+
			"move it away to start with nothing, or serve it with the skein-local that wrote it", path, err)
	}
	return nil
}

// saveState writes what the local AWS holds to a file, whole or not at all.
func saveState(aws *localaws.Server, path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("saving state to %s: %w", path, err)
	}
	err = errors.Join(aws.Save(file), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("saving state to %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}
