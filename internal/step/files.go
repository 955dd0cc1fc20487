package step

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// eachFile calls do for every regular file below root, which need not exist. Another build may remove folders meanwhile.
func eachFile(root string, do func(path string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return unlessGone(err)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return do(path)
	})
}

// maxSource bounds a source that a step reads for what it includes, in bytes.
const maxSource = 64 << 20

var errTooLarge = fmt.Errorf("larger than %d MiB", maxSource>>20)

// readRegular reads a file below root. No link leads out of it, and what is a device or a pipe is refused. Errors wrap errTooLarge where
// the file is.
func readRegular(root, name string) ([]byte, error) {
	f, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err == nil && len(text) > maxSource {
		err = fmt.Errorf("reading %s: it is %w", name, errTooLarge)
	}
	return text, err
}

func openRegular(root, name string) (*os.File, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return r.Open(name)
}

// copyPlain copies a file and nothing but its content.
func copyPlain(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	return writeFile(to, src)
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
