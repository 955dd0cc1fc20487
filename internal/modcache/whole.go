package modcache

import (
	"errors"
	"fmt"

	"github.com/modship-build/modship/internal/gomod"
)

// Whole is for packages that cmd/go could not load after [Extract] with the same arguments. If the zip of some module has a
// folder of one of them, then Extract may have followed fewer imports than cmd/go does: it does not know which experiments a
// toolchain has by default (tags goexperiment.*). Whole then writes every module whole, with its tests, and returns true.
// Otherwise cmd/go has seen all there is.
func Whole(zips Zips, list []gomod.Module, root string, failed []string) (wrote bool, err error) {
	x := newExtraction()
	defer func() { err = errors.Join(err, x.close()) }()
	if err := x.addArchives(zips, list, root); err != nil {
		return false, err
	}
	if has, err := x.hasFolder(failed); !has || err != nil {
		return false, err
	}
	for _, a := range x.archives {
		if err := a.open(); err != nil {
			return false, fmt.Errorf("opening %s: %w", a.module.Download(), err)
		}
		a.writeBelow(".")
	}
	return true, nil
}

// hasFolder tells whether a module has a folder for one of the import paths.
func (x *extraction) hasFolder(paths []string) (bool, error) {
	for _, a := range x.archives {
		for _, imp := range paths {
			rel, ok := a.folder(imp)
			if !ok {
				continue
			}
			if err := a.open(); err != nil {
				return false, fmt.Errorf("opening %s: %w", a.module.Download(), err)
			}
			if len(a.dirs[rel]) > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}
