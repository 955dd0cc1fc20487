package modcache

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/errgroup"
)

// parallel is how many zips are read at the same time.
const parallel = 10

// eachZip calls do for the zip of every module of the list that has one in the module cache at root, some at a time.
func eachZip(list []module.Version, root string, do func(m module.Version, name string) error) error {
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for _, m := range list {
		eg.Go(func() error {
			name, err := zipName(root, m)
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
