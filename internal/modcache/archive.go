package modcache

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/asminclude"
	"github.com/modship-build/modship/internal/zipfile"
)

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

// writeAll writes the whole module but tests.
func (a *archive) writeAll() error {
	if a.whole {
		return nil
	}
	for _, files := range a.dirs {
		if err := a.write(files); err != nil {
			return err
		}
	}
	a.whole = true
	return nil
}

// writeBelow writes a folder and all below it: what a pattern of go:embed can match, which may be a test.
func (a *archive) writeBelow(rel string) error {
	for d, files := range a.dirs {
		if rel == "." || d == rel || strings.HasPrefix(d, rel+"/") {
			if err := a.writeWithTests(files); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeIncluded writes what the assembly files of a folder include.
func (a *archive) writeIncluded(rel string, files []string) error {
	included := asminclude.Closure(rel, files, func(name string) ([]byte, error) {
		return fs.ReadFile(a.zip, a.module.From.String()+"/"+name)
	})
	for _, name := range included {
		in := a.dirs[path.Dir(name)]
		i := slices.IndexFunc(in, func(f *zip.File) bool { return a.local(f) == name })
		if err := a.write(in[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) write(files []*zip.File) error {
	if a.whole {
		return nil
	}
	return a.writeWithTests(slices.DeleteFunc(slices.Clone(files), func(f *zip.File) bool {
		return strings.HasSuffix(f.Name, "_test.go")
	}))
}

func (a *archive) writeWithTests(files []*zip.File) error {
	for _, f := range files {
		name := a.local(f)
		if strings.HasSuffix(name, "/") {
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
