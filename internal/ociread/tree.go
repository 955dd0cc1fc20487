package ociread

import (
	"archive/tar"
	"io/fs"
	"path"
	"strings"
)

// attributeCost is about what an attribute takes beside its bytes.
const attributeCost = 192

const (
	// maxPath is the kernel's PATH_MAX, maxLinks its MAXSYMLINKS. maxFolders bounds how deep folders are, which links could go around.
	maxPath, maxLinks, maxFolders = 4096, 40, 2048

	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// tree lays layers over each other as containerd does it on a disk: a folder keeps what is in it if a layer has it again, everything
// else is replaced, parents that are missing are made, and symbolic links on the way to an entry are followed inside the image. Unlike
// on a disk, a whiteout hides only what lower layers have, wherever it stands in its own.
type tree struct {
	root   *inode
	limits limits
	files  int
	names  int64
	steps  int
}

func newTree(l limits) *tree { return &tree{root: newFolder(-1), limits: l} }

// add puts an entry into the tree. It gives the entry's path, and its inode if that is new, without what the content tells.
func (t *tree) add(layer, entry int, h *tar.Header) (*inode, string, error) {
	if err := t.count(h); err != nil {
		return nil, "", err
	}
	name := path.Clean("/" + h.Name)
	dir, base := path.Split(name)
	switch {
	case h.Typeflag == tar.TypeXGlobalHeader:
		return nil, name, nil
	case name == "/":
		if h.Typeflag == tar.TypeDir {
			t.root.become(newInode(layer, entry, h))
		}
		return nil, name, nil
	}
	parent, err := t.follow(dir, layer)
	if err != nil {
		return nil, name, err
	}
	if strings.HasPrefix(base, whiteout) {
		hideNamed(parent, base, layer)
		return nil, name, nil
	}
	n, err := t.inode(layer, entry, h)
	if err != nil {
		return nil, name, err
	}
	parent.place(strings.Clone(base), dirent{n, layer})
	if h.Typeflag == tar.TypeLink {
		return nil, name, nil
	}
	return n, name, nil
}

// count bounds what the names and attributes of all entries take.
func (t *tree) count(h *tar.Header) error {
	t.files++
	t.names += int64(len(path.Base(h.Name)) + len(h.Linkname))
	for key, value := range h.PAXRecords {
		t.names += int64(len(key) + len(value) + attributeCost)
	}
	switch {
	case t.files > t.limits.files:
		return tooLarge("an image of more than %d files", t.limits.files)
	case t.names > t.limits.names:
		return tooLarge("an image with names and attributes of more than %d bytes", t.limits.names)
	case len(h.Name) > maxPath || len(h.Linkname) > maxPath:
		return tooLarge("a path of more than %d bytes", maxPath)
	}
	return nil
}

func hideNamed(parent *inode, base string, layer int) {
	if base == opaque {
		parent.clear(layer)
		return
	}
	hidden := strings.TrimPrefix(base, whiteout)
	if strings.HasPrefix(hidden, whiteout) {
		return // aufs kept its own data under such names
	}
	if child, ok := parent.children[hidden]; ok {
		parent.hide(hidden, child, layer)
	}
}

// inode gives the file that an entry stands for: a new one, or another name's.
func (t *tree) inode(layer, entry int, h *tar.Header) (*inode, error) {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse, tar.TypeDir, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return newInode(layer, entry, h), nil
	case tar.TypeLink:
	default:
		return nil, broken("%q is an entry of type %q, which no runtime takes", h.Name, h.Typeflag)
	}
	dir, base := path.Split(path.Clean("/" + h.Linkname))
	parent, err := t.follow(dir, layer)
	if err != nil {
		return nil, err
	}
	target, ok := parent.children[base]
	if !ok || target.mode.IsDir() {
		return nil, broken("%q is a hard link to %q, which is not there or a folder", h.Name, h.Linkname)
	}
	return target.inode, nil
}

// place gives a name to a file. A folder that is there stays, and takes over what is said of it.
func (n *inode) place(name string, child dirent) {
	old, ok := n.children[name]
	switch {
	case ok && old.inode == child.inode:
	case ok && old.mode.IsDir() && child.mode.IsDir():
		old.become(child.inode)
		child.inode = old.inode
	default:
		n.remove(name)
		child.stat.Links++
	}
	n.put(name, child)
}

// become takes over what a layer says of a folder that is there.
func (n *inode) become(other *inode) {
	n.mode, n.modified, n.stat = other.mode, other.modified, other.stat
	n.stat.Links = 1
}

// follow gives the folder at a path and makes what is missing of it.
func (t *tree) follow(dir string, layer int) (*inode, error) {
	w := walker{at: []*inode{t.root}, make: func(n *inode, name string) *inode {
		made := newFolder(layer)
		n.put(strings.Clone(name), dirent{made, layer})
		t.files++
		return made
	}}
	n, err := w.walk(dir, true)
	if t.steps += w.steps; err == nil && t.steps > t.limits.steps {
		err = tooLarge("paths and links so many that following them takes too long")
	}
	if err == nil && !n.mode.IsDir() {
		err = broken("%q is below a file", dir)
	}
	return n, err
}

// walker follows a path from the root as a process does whose root it is.
type walker struct {
	at    []*inode // the folders from the root, which is the first, to where it stands
	make  func(n *inode, name string) *inode
	links int
	steps int
}

// walk gives what is at name. last says whether to follow a symbolic link that is the last part of it.
func (w *walker) walk(name string, last bool) (*inode, error) {
	rest := strings.Split(name, "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		w.steps++
		here := w.at[len(w.at)-1]
		switch {
		case part == "" || part == ".":
			continue
		case !here.mode.IsDir():
			return nil, broken("%q is below a file", name)
		case part == "..":
			w.at = w.at[:max(1, len(w.at)-1)]
			continue
		case len(w.at) >= maxFolders:
			return nil, tooLarge("folders more than %d deep", maxFolders)
		}
		child := here.children[part].inode
		switch {
		case child == nil && w.make == nil:
			return nil, fs.ErrNotExist
		case child == nil:
			child = w.make(here, part)
		case child.mode&fs.ModeSymlink != 0 && (last || !finished(rest)):
			if w.links++; w.links > maxLinks {
				return nil, broken("%q leads through more than %d links", name, maxLinks)
			}
			if strings.HasPrefix(child.link, "/") {
				w.at = w.at[:1]
			}
			rest = append(strings.Split(child.link, "/"), rest...)
			continue
		}
		w.at = append(w.at, child)
	}
	return w.at[len(w.at)-1], nil
}

func finished(rest []string) bool {
	for _, part := range rest {
		if part != "" {
			return false
		}
	}
	return true
}
