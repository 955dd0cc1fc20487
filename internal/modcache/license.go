package modcache

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/zipfile"
)

// AddLicenses looks at the license files at the root of every module whose zip is in the module cache at root.
func AddLicenses(list []Module, root string) error {
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for i, m := range list {
		eg.Go(func() (err error) {
			if list[i].License, err = license(root, m); err != nil {
				return fmt.Errorf("reading the licenses of %s: %w", m.From, err)
			}
			return nil
		})
	}
	return eg.Wait()
}

func license(root string, m Module) (expression string, err error) {
	name, err := download(m.From, ".zip")
	if err != nil {
		return "", err
	}
	z, err := zipfile.Open(filepath.Join(root, Downloads, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	expression, _, err = licenses.Detect(z, m.From.String())
	return expression, err
}
