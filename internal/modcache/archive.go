package modcache

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/modfetch"
)

// archive is a module's zip, by folder.
type archive struct {
	module gomod.Module
	find   Zips
	zip    *modfetch.Zip          // nil until a package is looked for in it
	dirs   map[string][]*zip.File // without the prefix that all names have
	dest   string
	whole  bool // all of it is written
	writes *errgroup.Group
}

// newArchive makes the module's folder. It gives nil for a module without the hash of a zip, which no go.sum line allows to use.
func newArchive(zips Zips, m gomod.Module, root string, writes *errgroup.Group) (*archive, error) {
	if m.Version == "" { // its files are in the context
		return nil, nil
	}
	known, err := ZipName(root, m.Download())
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(known + "hash"); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	a := &archive{module: m, find: zips, writes: writes}
	if a.dest, err = dir(root, m.Download()); err != nil {
		return nil, err
	}
	return a, os.MkdirAll(a.dest, 0o755)
}

// folder gives the folder of an import path in the module, if its path allows for one.
func (a *archive) folder(imp string) (string, bool) {
	rest, ok := gomod.CutPath(imp, a.module.Path)
	return path.Clean(rest), ok
}

// open reads the directory of the zip, once.
func (a *archive) open() error {
	if a.zip != nil {
		return nil
	}
	name, err := a.find(a.module.Download())
	if err != nil {
		return err
	}
	if a.zip, err = modfetch.OpenModule(a.module.Download(), name); err != nil {
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
	return strings.TrimPrefix(f.Name, a.module.Download().String()+"/")
}

// writeAll writes the whole module but tests.
func (a *archive) writeAll() {
	if a.whole {
		return
	}
	for _, files := range a.dirs {
		a.write(files)
	}
	a.whole = true
}

// writeBelow writes a folder and all below it: what a pattern of go:embed can match, which may be a test.
func (a *archive) writeBelow(rel string) {
	for d, files := range a.dirs {
		if rel == "." || d == rel || strings.HasPrefix(d, rel+"/") {
			a.writeWithTests(files)
		}
	}
}

// writeIncluded writes what the assembly files of a folder include.
func (a *archive) writeIncluded(rel string, files []string) {
	included := gofiles.IncludeClosure(rel, files, func(name string) ([]byte, error) {
		return a.read(name)
	})
	for _, name := range included {
		in := a.dirs[path.Dir(name)]
		i := slices.IndexFunc(in, func(f *zip.File) bool { return a.local(f) == name })
		a.write(in[i : i+1])
	}
}

// read reads a source file, if it is not larger than any is.
func (a *archive) read(name string) ([]byte, error) {
	f, err := a.zip.Open(a.module.Download().String() + "/" + name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxSource {
		return nil, errors.Join(err, fs.ErrInvalid)
	}
	return io.ReadAll(f)
}

func (a *archive) write(files []*zip.File) {
	if a.whole {
		return
	}
	a.writeWithTests(slices.DeleteFunc(slices.Clone(files), func(f *zip.File) bool {
		return strings.HasSuffix(f.Name, "_test.go")
	}))
}

func (a *archive) writeWithTests(files []*zip.File) {
	for _, f := range files {
		if name := a.local(f); !strings.HasSuffix(name, "/") {
			a.writes.Go(func() error {
				if err := unpack(f, filepath.Join(a.dest, filepath.FromSlash(name))); err != nil {
					return fmt.Errorf("unpacking %s: %w", f.Name, err)
				}
				return nil
			})
		}
	}
}

// unpack leaves alone what is there: files are asked for by one platform after the other, and below a folder that embeds files.
func unpack(f *zip.File, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	content, err := f.Open()
	if err != nil {
		return errors.Join(err, dst.Close())
	}
	defer content.Close()
	_, err = io.Copy(dst, io.LimitReader(content, int64(f.UncompressedSize64)))
	return errors.Join(err, dst.Close())
}
