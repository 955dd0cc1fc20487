package modcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/modship-build/modship/internal/localfile"
)

// Facts copies what cmd/go wants to know of modules without unpacking them, everything but the zips, from one module cache
// to another.
func Facts(from, root string) error {
	from, root = filepath.Join(from, Downloads), filepath.Join(root, Downloads)
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == from {
			return nil // of a module that requires none
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		to := filepath.Join(root, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case path.Ext(name) == ".zip":
			return nil
		}
		return localfile.Copy(name, to)
	})
	if err != nil {
		return fmt.Errorf("copying what is known of modules: %w", err)
	}
	return nil
}
