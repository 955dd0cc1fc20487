package annotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/localfile"
)

// layContexts lays the contexts of `source` over the folder, as far as they are folders that the request names. Of the others, the
// user is told that they are not looked at.
func (m *module) layContexts(ctx context.Context) error {
	m.scanned = m.tree.FS
	var mistakes diag.List
	for i, s := range m.project.Config.Source {
		dir, given := m.request.Contexts[s.From]
		if !given {
			m.Warn(ctx, fmt.Sprintf("source lays %s into %s, and that is not looked at%s", s.From, s.To, giveFolder(s)))
			continue
		}
		if err := m.lay(dir, s); err != nil {
			mistakes.Addf(m.project.At(fmt.Sprintf("source[%d].from", i)), "%s is not usable", s.From).Err = err
		}
	}
	return mistakes.Err()
}

func giveFolder(s config.Source) string {
	if config.OriginOf(s.From) == config.OriginArchive {
		return ""
	}
	return ": give it as a folder, --build-context " + s.From + "=DIR"
}

func (m *module) lay(dir string, s config.Source) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	m.roots = append(m.roots, root)
	tree, err := openContext(localfile.FS{FS: root.FS()}, dir, nil)
	if err != nil {
		return err
	}
	folder, err := fs.Sub(tree.FS, path.Clean(s.Path))
	if err == nil {
		_, err = fs.ReadDir(folder, ".")
	}
	m.scanned = laid{m.scanned, s.To, folder}
	return err
}

// laid is a file system with what another has in a folder of it. Both may have that folder, and those above it; of a file, the other's is taken.
type laid struct {
	base  fs.FS
	to    string
	other fs.FS
}

var _ interface {
	fs.ReadDirFS
	fs.ReadLinkFS
} = laid{}

// inOther gives a name of the file system as one of the other's.
func (l laid) inOther(name string) (string, bool) {
	if name == l.to {
		return ".", true
	}
	return strings.CutPrefix(name, l.to+"/")
}

// above tells whether a folder is on the way to the one that is laid.
func (l laid) above(name string) bool { return name == "." || strings.HasPrefix(l.to, name+"/") }

// Open opens what one of both has. A folder lists what both have.
func (l laid) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if below, ok := l.inOther(name); ok {
		f, err := l.other.Open(below)
		if !errors.Is(err, fs.ErrNotExist) {
			return l.listing(name, f, err)
		}
	}
	f, err := l.base.Open(name)
	if errors.Is(err, fs.ErrNotExist) && l.above(name) {
		f, err = l.other.Open(".")
	}
	return l.listing(name, f, err)
}

func (l laid) listing(name string, f fs.File, err error) (fs.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.IsDir() {
		return f, nil
	}
	var entries []fs.DirEntry
	if err == nil {
		entries, err = l.ReadDir(name)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &folder{namedFile{f, path.Base(name)}, entries}, nil
}

// namedFile is an open file by the name that it has here.
type namedFile struct {
	fs.File
	name string
}

func (n namedFile) Stat() (fs.FileInfo, error) {
	info, err := n.File.Stat()
	return named{info, n.name}, err
}

// ReadDir lists what both have of a folder, in order.
func (l laid) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(l.base, name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	add := func(e fs.DirEntry) {
		i, there := slices.BinarySearchFunc(entries, e.Name(), func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) })
		if !there {
			entries = slices.Insert(entries, i, e)
		} else if !e.IsDir() {
			entries[i] = e
		}
	}
	if below, ok := l.inOther(name); ok {
		more, err := fs.ReadDir(l.other, below)
		if err != nil && (missing || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
		for _, e := range more {
			add(e)
		}
		return entries, nil
	}
	if !l.above(name) {
		return entries, err
	}
	rest, _ := strings.CutPrefix(l.to, name+"/")
	if name == "." {
		rest = l.to
	}
	first, _, _ := strings.Cut(rest, "/")
	top, err := l.Lstat(path.Join(name, first))
	if err != nil {
		return nil, err
	}
	add(fs.FileInfoToDirEntry(top))
	return entries, nil
}

// ReadLink gives the text of a link.
func (l laid) ReadLink(name string) (string, error) {
	if below, ok := l.inOther(name); ok {
		if text, err := fs.ReadLink(l.other, below); !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return fs.ReadLink(l.base, name)
}

// Lstat describes what is there, and a link itself.
func (l laid) Lstat(name string) (fs.FileInfo, error) {
	if below, ok := l.inOther(name); ok {
		if info, err := fs.Lstat(l.other, below); err == nil {
			return named{info, path.Base(name)}, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	info, err := fs.Lstat(l.base, name)
	if errors.Is(err, fs.ErrNotExist) && l.above(name) {
		info, err = fs.Stat(l.other, ".")
	}
	if err != nil {
		return nil, err
	}
	return named{info, path.Base(name)}, nil
}

// named is a file by the name that it has here.
type named struct {
	fs.FileInfo
	name string
}

func (n named) Name() string { return n.name }

// closeAll closes what was opened.
func closeAll[T io.Closer](all []T) {
	for _, c := range all {
		_ = c.Close() // nothing was written
	}
}
