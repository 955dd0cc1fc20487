package modcache

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/sync/errgroup"
)

// Verify compares the zips and go.mod files below Downloads in the module cache at root with sums. They are those that a go
// command downloaded, maybe one of a release whose own verification can be deceived. What sums has no hash of is passed
// over, since cmd/go does not use it in a build. The error joins one for each file that is wrong.
func Verify(sums Sums, root string) error {
	downloads := filepath.Join(root, Downloads)
	var names []string
	err := filepath.WalkDir(downloads, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == downloads {
			return nil // nothing was needed
		}
		if err == nil && d.IsDir() && name == filepath.Join(downloads, "sumdb") {
			return fs.SkipDir // what the checksum database said
		}
		if err == nil && !d.IsDir() && (path.Ext(name) == ".zip" || path.Ext(name) == ".mod") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("verifying modules: %w", err)
	}
	wrong := make([]error, len(names))
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for i, name := range names {
		eg.Go(func() error {
			wrong[i] = verify(sums, downloads, name)
			return nil
		})
	}
	_ = eg.Wait() // the functions put their errors into wrong
	return errors.Join(wrong...)
}

func verify(sums Sums, downloads, name string) error {
	rel, err := filepath.Rel(downloads, name)
	if err != nil {
		return err
	}
	m, ext, err := downloaded(filepath.ToSlash(rel))
	if err != nil {
		return fmt.Errorf("verifying %s: %w", rel, err)
	}
	if want := sums.of(m, ext); len(want) > 0 {
		return check(m, ext, want, name, "the module proxy")
	}
	return nil
}

// downloaded is the inverse of download.
func downloaded(name string) (m module.Version, ext string, err error) {
	dir, base, ok := strings.Cut(name, "/@v/")
	if !ok {
		return m, "", errors.New("it is not a file of a version")
	}
	ext = path.Ext(base)
	if m.Path, err = module.UnescapePath(dir); err == nil {
		m.Version, err = module.UnescapeVersion(strings.TrimSuffix(base, ext))
	}
	return m, ext, err
}
