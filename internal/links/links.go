// Package links follows the symbolic links of a build context as the go command does on the machine of the user, with two differences:
// it never leaves the tree, and it remembers what a link names that is not there. Of a context only a part is looked at at a time, so
// that what is missing can be asked for.
package links

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/modship-build/modship/internal/diag"
)

// maxLinks is how many links one name may pass, as in Linux (path_resolution(7)).
const maxLinks = 40

// Tree is a file system in which every name is found by following links. Its files must not change. It is safe for concurrent use.
type Tree struct {
	fsys fs.FS
	// image says that links count from the root as they do in an image.
	image bool

	mu       sync.Mutex
	folders  map[string]func() (folder, error)
	missing  map[string]bool
	followed map[string]bool
}

type folder struct {
	entries []fs.DirEntry
	byName  map[string]fs.DirEntry
}

// New gives the tree of a file system, which must be able to read links ([fs.ReadLinkFS]) if it has any.
func New(fsys fs.FS) *Tree {
	return &Tree{fsys: fsys, folders: map[string]func() (folder, error){}, missing: map[string]bool{}, followed: map[string]bool{}}
}

// OfImage gives the tree of what may be an image: absolute links count from its root, and nothing is above that.
func OfImage(fsys fs.FS) *Tree {
	t := New(fsys)
	t.image = true
	return t
}

// Place is where a name leads.
type Place struct {
	// Path has no link in it.
	Path string
	// Links are the links that were passed, in order, each by a path without other links.
	Links []string
	// Type is that of what is there.
	Type fs.FileMode
	// Entry is what its folder says of it; nil for the root.
	Entry fs.DirEntry
}

// Trace is what a copy of the tree must have for the name to lead there: the links, and the file or folder at their end.
func (p Place) Trace() []string { return append(slices.Clone(p.Links), p.Path) }

// Find follows all links of a name, a path as [fs.ValidPath] has it. The error is a [*diag.Error] at the link at fault, if there is
// one, and otherwise what reading a folder gave, such as [fs.ErrNotExist].
func (t *Tree) Find(name string) (Place, error) {
	if !fs.ValidPath(name) {
		return Place{}, &fs.PathError{Op: "find", Path: name, Err: fs.ErrInvalid}
	}
	found := Place{Path: ".", Type: fs.ModeDir}
	behind := name // what of the name itself follows the last link that was passed
	for rest := name; rest != ""; {
		var element string
		element, rest, _ = strings.Cut(rest, "/")
		switch element {
		case "", ".":
			continue
		case "..": // of a link: what stands before it has been followed, so it is the parent of that
			if found.Path == "." && t.image {
				continue
			}
			if found.Path == "." {
				return found, t.refuse(found, "outside of the build context", "put a copy in its place, or build a folder that holds both")
			}
			found.Path, found.Type, found.Entry = path.Dir(found.Path), fs.ModeDir, nil
			continue
		}
		next := path.Join(found.Path, element)
		entry, err := t.entry(found, element)
		if err != nil {
			return found, t.absent(found, next, rest, behind, err)
		}
		if entry.Type()&fs.ModeSymlink == 0 {
			found.Path, found.Type, found.Entry = next, entry.Type(), entry
			continue
		}
		target, err := fs.ReadLink(t.fsys, next)
		if err != nil {
			return found, fmt.Errorf("reading the link %s: %w", next, err)
		}
		if found.Links = append(found.Links, next); len(found.Links) > maxLinks {
			return found, t.refuse(found, "and on from there in a circle, or through too many links", "put a file in its place")
		}
		if path.IsAbs(target) && t.image {
			found.Path, found.Type, found.Entry = ".", fs.ModeDir, nil
		} else if path.IsAbs(target) {
			return found, t.refuse(found, "an absolute path: outside of the build context",
				"put a copy in its place, or a relative link to a place in the build context")
		}
		if len(rest) < len(behind) {
			behind = rest
		}
		rest = target + "/" + rest
	}
	if len(found.Links) > 0 {
		t.note(t.followed, found.Trace()...)
	}
	return found, nil
}

// refuse says why the last link that was passed cannot be followed, and what to do.
func (t *Tree) refuse(found Place, why, help string) error {
	last := found.Links[len(found.Links)-1]
	target, err := fs.ReadLink(t.fsys, last)
	if err != nil {
		return fmt.Errorf("reading the link %s: %w", last, err)
	}
	return &diag.Error{
		Range: diag.Range{File: last},
		Msg:   fmt.Sprintf("the symbolic link leads to %q, %s", target, why),
		Help:  help,
	}
}

// entry looks an element up in the folder that was found so far.
func (t *Tree) entry(in Place, element string) (fs.DirEntry, error) {
	if !in.Type.IsDir() {
		return nil, fs.ErrNotExist // a file is not a folder
	}
	f, err := t.folder(in.Path)
	if err != nil {
		return nil, err
	}
	if e, ok := f.byName[element]; ok {
		return e, nil
	}
	return nil, fs.ErrNotExist
}

// absent says what is not there, and notes it if a link leads to it. It is the link's mistake only if that leads nowhere itself, and not
// if it leads to a folder in which nothing is of the name behind it.
func (t *Tree) absent(found Place, next, rest, behind string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	name := path.Join(next, rest)
	if len(found.Links) == 0 {
		return &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
	}
	if fs.ValidPath(name) { // or else nobody can ask for it: it is no UTF-8
		t.note(t.missing, name)
	}
	if len(rest) < len(behind) {
		return &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
	}
	link := found.Links[len(found.Links)-1]
	return &diag.Error{
		Range: diag.Range{File: found.Links[0]},
		Msg:   fmt.Sprintf("the symbolic link leads to %s, which is not in the build context", name),
		Help:  hint(found.Links[0], link),
		Err:   fs.ErrNotExist,
	}
}

func hint(first, last string) string {
	help := "check the link, and whether .dockerignore leaves out what it leads to"
	if first != last {
		help = fmt.Sprintf("the last link on the way is %s; %s", last, help)
	}
	return help
}

// Want notes a name as missing if nothing is there, although no link leads to it: its folder may be a link that is not among the
// files of the tree.
func (t *Tree) Want(name string) {
	if _, err := t.Find(name); errors.Is(err, fs.ErrNotExist) {
		t.note(t.missing, name)
	}
}

func (t *Tree) note(set map[string]bool, names ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range names {
		set[n] = true
	}
}

// Missing gives the paths that links lead to and where nothing is, and those of [Tree.Want], sorted.
func (t *Tree) Missing() []string { return t.sorted(t.missing) }

// Followed gives all links that were followed, and what they lead to, sorted.
func (t *Tree) Followed() []string { return t.sorted(t.followed) }

func (t *Tree) sorted(set map[string]bool) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(set))
}

// Entries lists a folder that is given by a path without links, in the order of the names.
func (t *Tree) Entries(dir string) ([]fs.DirEntry, error) {
	f, err := t.folder(dir)
	return f.entries, err
}

// folder reads a folder, once.
func (t *Tree) folder(dir string) (folder, error) {
	t.mu.Lock()
	read := t.folders[dir]
	if read == nil {
		read = sync.OnceValues(func() (folder, error) {
			entries, err := fs.ReadDir(t.fsys, dir)
			f := folder{entries: entries, byName: make(map[string]fs.DirEntry, len(entries))}
			for _, e := range entries {
				f.byName[e.Name()] = e
			}
			return f, err
		})
		t.folders[dir] = read
	}
	t.mu.Unlock()
	return read()
}
