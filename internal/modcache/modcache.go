// Package modcache lays out module caches, without unpacking what no build reads: a module cache of a few hundred modules has tens of
// thousands of files, of which a program needs some thousand.
//
// [Extract] writes the packages out of verified zips that a list of imports reaches. The layout is that of GOMODCACHE
// (https://go.dev/ref/mod#module-cache), so that cmd/go, which has the last word on everything here, works on it.
//
// It reads no environment and runs no program. What is in a zip may be hostile although go.sum vouches for it, so names and sizes are
// checked as golang.org/x/mod/zip does.
package modcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/modfetch"
)

// Downloads is the folder of a module cache that holds what came from proxies.
const Downloads = "cache/download"

// ZipName gives the path of m's zip in the module cache at root.
func ZipName(root string, m module.Version) (string, error) {
	name, err := modfetch.FileName(m, ".zip")
	return filepath.Join(root, Downloads, filepath.FromSlash(name)), err
}

// dir gives the folder of m's files in a module cache.
func dir(root string, m module.Version) (string, error) {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	return filepath.Join(root, filepath.FromSlash(escaped)+"@"+version), err
}

// parallel is how many zips are read at the same time.
const parallel = 10

// eachZip calls do for the zip of every module of the list that has one in the module cache at root, some at a time.
func eachZip(list []module.Version, root string, do func(m module.Version, name string) error) error {
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for _, m := range list {
		eg.Go(func() error {
			name, err := ZipName(root, m)
			if err != nil {
				return err
			}
			if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) { // no go.sum line allows to use it
				return nil
			}
			return do(m, name)
		})
	}
	return eg.Wait()
}

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
