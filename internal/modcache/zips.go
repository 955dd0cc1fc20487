package modcache

import (
	"errors"
	"io/fs"
	"os"

	"github.com/modship-build/modship/internal/errgroup"
)

// parallel is how many zips are read at the same time.
const parallel = 10

// eachZip calls do for the zip of every module of the list that has one in the module cache at root, some at a time.
func eachZip(list []Module, root string, do func(i int, name string) error) error {
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for i, m := range list {
		eg.Go(func() error {
			name, err := zipName(root, m.From)
			if err != nil {
				return err
			}
			if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) { // no go.sum line allows to use it
				return nil
			}
			return do(i, name)
		})
	}
	return eg.Wait()
}
