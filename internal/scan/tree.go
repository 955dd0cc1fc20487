package scan

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/links"
)

// tree reads each directory of a file system once, wherever links lead. It is safe for concurrent use.
type tree struct {
	links *links.Tree
	mu    sync.Mutex
	dirs  map[string]func() *listing
}

// listing is what matters of one directory.
type listing struct {
	// dir has no link in its path; links are those on the way to it.
	dir   string
	links []string
	// files are the regular files, or links to such, that go/build may look at: no tests, no hidden files. A link that leads nowhere is
	// among them.
	files []*source
	// dirs are the names of true subdirectories.
	dirs []string
	// goDir says that there is a Go file of any kind, which makes the directory a package for cmd/go's import resolution.
	goDir bool
	// module says that there is a go.mod file.
	module bool
	// pgo is the file default.pgo, or nil.
	pgo *source
	err error
}

// file finds one of the files, which are in the order of their names.
func (l *listing) file(name string) *source {
	i, found := slices.BinarySearchFunc(l.files, name, func(s *source, name string) int { return strings.Compare(s.name, name) })
	if !found {
		return nil
	}
	return l.files[i]
}

func newTree(fsys fs.FS) *tree {
	return &tree{links: links.New(fsys), dirs: make(map[string]func() *listing)}
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
	place, err := t.links.Find(dir)
	if err != nil {
		return &listing{err: err}
	}
	entries, err := t.links.Entries(place.Path)
	l := &listing{dir: place.Path, links: place.Links, err: err}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() {
			l.dirs = append(l.dirs, name)
			continue
		}
		if !matters(name) || passedOver(name) {
			l.goDir = l.goDir || strings.HasSuffix(name, ".go")
			continue
		}
		f, ok := t.source(place.Path, e)
		switch {
		case !ok:
		case name == "go.mod":
			l.module = l.module || f.broken == nil
		case name == defaultPGO:
			l.pgo = f
		default:
			l.goDir = l.goDir || strings.HasSuffix(name, ".go")
			l.files = append(l.files, f)
		}
	}
	return l
}

// passedOver are files that no build looks at, not even to see where they lead: editors leave such links.
func passedOver(name string) bool {
	return strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
}

// source follows a link. What is neither a regular file nor leads to one is none: folders, and pipes and devices, for which readers
// would wait.
func (t *tree) source(dir string, e fs.DirEntry) (*source, bool) {
	name := path.Join(dir, e.Name())
	if e.Type()&fs.ModeSymlink == 0 {
		return &source{name: e.Name(), path: name}, e.Type().IsRegular()
	}
	place, err := t.links.Find(name)
	var broken *diag.Error
	if errors.As(err, &broken) {
		return &source{name: e.Name(), path: name, broken: broken}, true
	}
	return &source{name: e.Name(), path: place.Path, links: place.Links}, err == nil && place.Type.IsRegular()
}

// matters spares a call of stat for the links in directories that hold much else.
func matters(name string) bool {
	return name == "go.mod" || name == defaultPGO || gofiles.Listed(name)
}

// file reads a whole file.
func (t *tree) file(name string, limit int64) ([]byte, error) {
	f, err := t.links.Open(name)
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

// included reads a file that need not be there: headers of the toolchain are not. What the context must have is wanted.
func (t *tree) included(name string) (links.Place, []byte, error) {
	place, err := t.links.Find(name)
	if err != nil {
		if path.Ext(name) != ".h" {
			t.links.Want(name)
		}
		return place, nil, err
	}
	dir, base := path.Split(place.Path)
	dir = path.Clean(dir)
	var text []byte
	if t.list(dir).file(base) != nil {
		text, err = t.text(dir, base)
	} else {
		text, err = t.file(place.Path, maxSource)
	}
	return place, text, err
}

// text reads a whole file that is in a directory's listing, from memory if its head is all there is.
func (t *tree) text(dir, name string) ([]byte, error) {
	f := t.list(dir).file(name)
	if f == nil {
		return nil, fs.ErrNotExist
	}
	if head, err := f.readHead(t); err != nil || f.short() {
		return head, err
	}
	return t.file(f.path, maxSource)
}
