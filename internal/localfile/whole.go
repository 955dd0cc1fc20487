package localfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write makes a file that everybody may read, in the place of one that is there, and the folders on the way to it. An error
// wraps that of write, and leaves nothing but the folders.
func Write(name string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	// The name is random: build steps that share a folder run in containers, where all have the same process ID.
	partial, err := os.CreateTemp(filepath.Dir(name), "*.partial")
	if err != nil {
		return err
	}
	err = errors.Join(write(partial), partial.Chmod(0o644), partial.Close())
	if err == nil {
		err = os.Rename(partial.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial.Name()))
	}
	return nil
}

// Copy makes a copy of a file's content.
func Copy(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	return Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, src)
		return err
	})
}
