package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// publish copies a file under a name of its own and renames it. The name is random: steps that share the mount run in
// containers, where all have the same process ID.
func publish(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	partial, err := os.CreateTemp(filepath.Dir(to), "*.partial")
	if err != nil {
		return err
	}
	err = errors.Join(partial.Close(), copyPlain(from, partial.Name()), os.Chmod(partial.Name(), 0o644))
	if err == nil {
		err = os.Rename(partial.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial.Name()))
	}
	return nil
}

// eachFile calls do for every regular file below root, which need not exist.
func eachFile(root string, do func(path string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path == root {
				return nil
			}
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return do(path)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readJSON(name string, v any) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decoding %s: %w", filepath.Base(name), err)
	}
	return nil
}

func writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", filepath.Base(name), err)
	}
	return os.WriteFile(name, slices.Concat(b, []byte("\n")), 0o644)
}
