package modcache

import (
	"archive/zip"
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gomod"
)

// Imports are import paths to follow, and for what platform.
type Imports struct {
	Paths []string
	// Context decides which files of a package count, and with them which of its imports.
	Context build.Context
}

// Zips gives the path of the verified zip of a module.
type Zips func(module.Version) (name string, err error)

// Extract writes the packages that the imports reach into the module cache at root, which has the [Facts] of all modules, and an empty folder for every other module: cmd/go looks for a package in each module of the build list
// whose path is a prefix of the import. Of a package it writes all files but tests, whatever the platform; the context only
// says which imports are followed. Assembly may include files of other folders. A package with cgo may include headers from
// anywhere in its module, which is then written whole. Of one that embeds files all below it is written.
//
// What cannot be found is passed over: cmd/go tells it better.
func Extract(zips Zips, list []gomod.Module, root string, wanted ...Imports) (err error) {
	x := newExtraction()
	defer func() { err = errors.Join(err, x.close()) }()
	if err := x.addArchives(zips, list, root); err != nil {
		return err
	}
	for _, w := range wanted {
		if err := x.follow(w); err != nil {
			return err
		}
	}
	return nil
}

// extraction is one call of Extract or Whole.
type extraction struct {
	archives []*archive
	// of the imports that are followed
	ctx  build.Context
	seen map[string]bool
	// writes are the files that are being written, while further imports are followed.
	writes errgroup.Group
}

func newExtraction() *extraction {
	x := &extraction{}
	x.writes.SetLimit(runtime.NumCPU())
	return x
}

func (x *extraction) addArchives(zips Zips, list []gomod.Module, root string) error {
	for _, m := range list {
		a, err := newArchive(zips, m, root, &x.writes)
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", m.Download(), err)
		}
		if a != nil {
			x.archives = append(x.archives, a)
		}
	}
	return nil
}

func (x *extraction) follow(w Imports) error {
	x.ctx, x.seen = w.Context, map[string]bool{}
	for todo := slices.Clone(w.Paths); len(todo) > 0; {
		imp := todo[0]
		found, err := x.importPath(imp)
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", imp, err)
		}
		todo = append(todo[1:], found...)
	}
	return nil
}

// close waits until all is written.
func (x *extraction) close() error {
	errs := []error{x.writes.Wait()}
	for _, a := range x.archives {
		if a.zip != nil {
			errs = append(errs, a.zip.Close())
		}
	}
	return errors.Join(errs...)
}

// importPath writes the package out of every module that has it, as cmd/go has to see when that is more than one, and
// gives what it imports.
func (x *extraction) importPath(imp string) (imports []string, err error) {
	if x.seen[imp] {
		return nil, nil
	}
	x.seen[imp] = true
	for _, a := range x.archives {
		rel, ok := a.folder(imp)
		if !ok {
			continue
		}
		if err := a.open(); err != nil {
			return nil, fmt.Errorf("opening %s: %w", a.module.Download(), err)
		}
		if len(a.dirs[rel]) == 0 {
			continue
		}
		imports = append(imports, x.pkg(a, rel)...)
	}
	return imports, nil
}

// pkg writes the package in a folder of a module and gives what it imports.
func (x *extraction) pkg(a *archive, rel string) []string {
	found := x.read(a, rel)
	switch {
	case len(found.CgoFiles)+len(found.SwigFiles)+len(found.SwigCXXFiles) > 0:
		a.writeAll()
	case len(found.EmbedPatterns) > 0:
		a.writeBelow(rel)
	default:
		a.write(a.dirs[rel])
		a.writeIncluded(rel, found.SFiles)
	}
	return found.Imports
}

// read has go/build look at a folder of a zip. Its errors are left to cmd/go, which will see the same files.
func (x *extraction) read(a *archive, rel string) *build.Package {
	files := map[string]*zip.File{}
	for _, f := range a.dirs[rel] {
		files[path.Base(f.Name)] = f
	}
	ctx := x.ctx
	ctx.IsDir = func(string) bool { return true }
	ctx.ReadDir = func(string) ([]fs.FileInfo, error) {
		var infos []fs.FileInfo
		for _, f := range a.dirs[rel] {
			infos = append(infos, f.FileInfo())
		}
		return infos, nil
	}
	ctx.OpenFile = func(name string) (io.ReadCloser, error) {
		if f := files[path.Base(name)]; f != nil {
			return f.Open()
		}
		return nil, fs.ErrNotExist
	}
	found, err := ctx.ImportDir(rel, 0)
	if err != nil && found == nil {
		return &build.Package{}
	}
	return found
}
