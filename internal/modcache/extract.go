package modcache

import (
	"archive/zip"
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/zipfile"
)

// Imports are import paths to follow, and for what platform.
type Imports struct {
	Paths []string
	// Context decides which files of a package count, and with them which of its imports.
	Context build.Context
}

// Extract writes the packages that the imports reach from the modules whose zips are in the module cache at from, into the
// one at root, and an empty folder for every other module: cmd/go looks for a package in each module of the build list
// whose path is a prefix of the import. Of a package it writes all files but tests, whatever the platform; the context only
// says which imports are followed. A package with cgo may include headers from anywhere in its module, which is then
// written whole.
//
// What cannot be found is passed over: cmd/go tells it better.
func Extract(from string, list []Module, root string, wanted ...Imports) (err error) {
	x := &extraction{}
	defer func() { err = errors.Join(err, x.close()) }()
	for _, m := range list {
		a, err := newArchive(filepath.Join(from, Downloads), m, root)
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", m.From, err)
		}
		if a != nil {
			x.archives = append(x.archives, a)
		}
	}
	for _, w := range wanted {
		if err := x.follow(w); err != nil {
			return err
		}
	}
	return nil
}

// extraction is one call of Extract.
type extraction struct {
	archives []*archive
	// of the imports that are followed
	ctx  build.Context
	seen map[string]bool
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

func (x *extraction) close() error {
	var errs []error
	for _, a := range x.archives {
		if a.zip != nil {
			errs = append(errs, a.zip.Close())
		}
	}
	return errors.Join(errs...)
}

// archive is a module's zip, by folder.
type archive struct {
	module Module
	name   string
	zip    *zip.ReadCloser        // nil until a package is looked for in it
	dirs   map[string][]*zip.File // without the prefix that all names have
	dest   string
	whole  bool // all of it has been written
}

// newArchive makes the module's folder. It gives nil for a module without a zip, which no go.sum line allows to use.
func newArchive(downloads string, m Module, root string) (*archive, error) {
	name, err := download(m.From, ".zip")
	if err != nil {
		return nil, err
	}
	a := &archive{module: m, name: filepath.Join(downloads, filepath.FromSlash(name))}
	if _, err := os.Stat(a.name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if a.dest, err = dir(root, m.From); err != nil {
		return nil, err
	}
	return a, os.MkdirAll(a.dest, 0o755)
}

// open reads the directory of the zip, once.
func (a *archive) open() error {
	if a.zip != nil {
		return nil
	}
	// No file outside of the module's folder, none twice, sizes bounded.
	if checked, err := modzip.CheckZip(a.module.From, a.name); err != nil {
		return err
	} else if err := checked.Err(); err != nil {
		return err
	}
	var err error
	if a.zip, err = zipfile.Open(a.name); err != nil {
		return err
	}
	a.dirs = map[string][]*zip.File{}
	for _, f := range a.zip.File {
		d := path.Dir(a.local(f))
		a.dirs[d] = append(a.dirs[d], f)
	}
	return nil
}

// local is a file's name in the module.
func (a *archive) local(f *zip.File) string {
	return strings.TrimPrefix(f.Name, a.module.From.String()+"/")
}

// importPath writes the package out of every module that has it, as cmd/go has to see when that is more than one, and
// gives what it imports.
func (x *extraction) importPath(imp string) (imports []string, err error) {
	if x.seen[imp] {
		return nil, nil
	}
	x.seen[imp] = true
	for _, a := range x.archives {
		rel, ok := within(imp, a.module.Path)
		if !ok {
			continue
		}
		if err := a.open(); err != nil {
			return nil, fmt.Errorf("opening %s: %w", a.module.From, err)
		}
		if len(a.dirs[rel]) == 0 {
			continue
		}
		found, err := x.pkg(a, rel)
		if err != nil {
			return nil, err
		}
		imports = append(imports, found...)
	}
	return imports, nil
}

// within gives the folder of an import path in a module.
func within(imp, modulePath string) (string, bool) {
	if imp == modulePath {
		return ".", true
	}
	rel, ok := strings.CutPrefix(imp, modulePath+"/")
	return rel, ok
}

// pkg writes the package in a folder of a module and gives what it imports.
func (x *extraction) pkg(a *archive, rel string) ([]string, error) {
	found := x.read(a, rel)
	var err error
	switch {
	case len(found.CgoFiles)+len(found.SwigFiles)+len(found.SwigCXXFiles) > 0:
		err = a.writeAll()
	case len(found.EmbedPatterns) > 0:
		err = a.writeBelow(rel)
	default:
		err = a.write(a.dirs[rel])
	}
	return found.Imports, err
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

// writeAll writes the whole module.
func (a *archive) writeAll() error {
	for _, files := range a.dirs {
		if err := a.write(files); err != nil {
			return err
		}
	}
	a.whole = true
	return nil
}

// writeBelow writes a folder and all below it: what a pattern of go:embed can match.
func (a *archive) writeBelow(rel string) error {
	for d, files := range a.dirs {
		if rel == "." || d == rel || strings.HasPrefix(d, rel+"/") {
			if err := a.write(files); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *archive) write(files []*zip.File) error {
	if a.whole {
		return nil
	}
	for _, f := range files {
		name := a.local(f)
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "/") {
			continue
		}
		if err := unpack(f, filepath.Join(a.dest, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

func unpack(f *zip.File, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return nil // of a folder below one that embeds files
	}
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, io.LimitReader(content, int64(f.UncompressedSize64)))
	return errors.Join(err, dst.Close())
}

// Facts copies what cmd/go wants to know of modules without unpacking them, everything but the zips, from one module cache
// to another.
func Facts(from, root string) error { return copyDownloads(from, root, false) }

// Zips links the zips as well: cmd/go then unpacks what it finds missing.
func Zips(from, root string) error { return copyDownloads(from, root, true) }

func copyDownloads(from, root string, zips bool) error {
	from, root = filepath.Join(from, Downloads), filepath.Join(root, Downloads)
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		to := filepath.Join(root, rel)
		isZip := path.Ext(name) == ".zip"
		switch {
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case isZip && zips:
			return os.Symlink(name, to)
		case !isZip && !zips:
			return copyFile(name, to)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("copying what is known of modules: %w", err)
	}
	return nil
}
