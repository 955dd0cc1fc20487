package scan

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/modship-build/modship/internal/filekind"
)

// tree reads each directory of a file system once. It is safe for concurrent use.
type tree struct {
	fsys fs.FS
	mu   sync.Mutex
	dirs map[string]func() *listing
}

// listing is what matters of one directory.
type listing struct {
	// files are the regular files, or links to such, that go/build may look at: no tests, no hidden files.
	files []*source
	// dirs are the names of true subdirectories.
	dirs []string
	// goDir says that there is a Go file of any kind, which makes the directory a package for cmd/go's import resolution.
	goDir bool
	// module says that there is a go.mod file.
	module bool
	// pgo says that there is a default.pgo file.
	pgo bool
	err error
}

func newTree(fsys fs.FS) *tree {
	return &tree{fsys: fsys, dirs: make(map[string]func() *listing)}
}

// list reads a directory; a failure is in the listing.
func (t *tree) list(dir string) *listing {
	t.mu.Lock()
	read := t.dirs[dir]
	if read == nil {
		read = sync.OnceValue(func() *listing { return t.read(dir) })
		t.dirs[dir] = read
	}
	t.mu.Unlock()
	return read()
}

func (t *tree) read(dir string) *listing {
	entries, err := fs.ReadDir(t.fsys, dir)
	l := &listing{err: err}
	for _, e := range entries {
		name := e.Name()
		switch {
		case e.IsDir():
			l.dirs = append(l.dirs, name)
		case !matters(name) || !t.isRegular(dir, e):
		case name == "go.mod":
			l.module = true
		case name == defaultPGO:
			l.pgo = true
		default:
			l.goDir = l.goDir || strings.HasSuffix(name, ".go")
			if !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") {
				l.files = append(l.files, &source{name: name, path: path.Join(dir, name)})
			}
		}
	}
	return l
}

// matters spares a call of stat for the links in directories that hold much else.
func matters(name string) bool {
	return name == "go.mod" || name == defaultPGO || filekind.Listed(name)
}

// isRegular keeps pipes and devices away from readers, which would wait for them.
func (t *tree) isRegular(dir string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := fs.Stat(t.fsys, path.Join(dir, e.Name()))
	return err == nil && info.Mode().IsRegular()
}

// file reads a whole file.
func (t *tree) file(name string, limit int64) ([]byte, error) {
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is larger than %d MiB", name, limit>>20)
	}
	return text, err
}

// included reads a file that need not be there.
func (t *tree) included(name string) ([]byte, error) {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	if slices.ContainsFunc(t.list(dir).files, func(s *source) bool { return s.name == base }) {
		return t.text(dir, base)
	}
	if info, err := fs.Stat(t.fsys, name); err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return t.file(name, maxSource)
}

// text reads a whole file that is in a directory's listing, from memory if its head is all there is.
func (t *tree) text(dir, name string) ([]byte, error) {
	for _, f := range t.list(dir).files {
		if f.name != name {
			continue
		}
		if head, err := f.readHead(t); err != nil || f.short() {
			return head, err
		}
	}
	return t.file(path.Join(dir, name), maxSource)
}
