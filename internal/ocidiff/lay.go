package ocidiff

import (
	"archive/tar"
	"encoding/json"
	"path"
	"strings"
)

// maxPath and maxLinks are the kernel's PATH_MAX and MAXSYMLINKS.
const maxPath, maxLinks = 4096, 40

// file is what the last entry of a path says.
type file struct {
	text  string // of its attributes
	layer int
	// at is the number of the entry, and replaced that of the last one that was no folder: what is older below the path went with it.
	at, replaced int
	folder       bool
	link         string // target of a symbolic link
	// hard says that it is a hard link: to target, a path without links, which was of the text then. Names of one file share inode, the
	// number of its entry.
	hard       bool
	target, of string
	inode      int
}

// place is a folder on a path: what of it is older than an entry, or of a layer below another, is gone.
type place struct {
	path             string
	replaced, hidden int
	// unsure says that a folder on the path is not there, so that a lower layer may have a link in its place.
	unsure bool
}

// below gives what is at a name in a folder, and whether it is still there.
func (s *fileSet) below(dir place, base string) (place, file, bool) {
	name := dir.path + "/" + base
	hidden := max(dir.hidden, s.hidden[name], s.hidden[name[:len(dir.path)+1]])
	f, ok := s.files[name]
	there := ok && f.at > dir.replaced && f.layer >= hidden
	return place{name, max(dir.replaced, f.replaced), hidden, dir.unsure || !there}, f, there
}

// follow gives the folder that a path leads to. It is false if no runtime gets there.
func (s *fileSet) follow(dir string) (place, bool) {
	at, links := []place{{}}, 0
	for rest := strings.Split(dir, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = at[:max(1, len(at)-1)]
			continue
		}
		next, f, there := s.below(at[len(at)-1], part)
		switch {
		case there && f.link != "":
			if links++; links > maxLinks {
				return place{}, false
			}
			if strings.HasPrefix(f.link, "/") {
				at = at[:1]
			}
			rest = append(strings.Split(f.link, "/"), rest...)
		case there && !f.folder:
			return place{}, false
		case len(next.path) > maxPath:
			return place{}, false
		default:
			at = append(at, next)
		}
	}
	return at[len(at)-1], true
}

// lay lays an entry over those before it, as runtimes do, and gives its path without links. What cannot be followed keeps the path that
// it has, and makes the set odd.
func (s *fileSet) lay(layer int, h *tar.Header, text string) (string, file) {
	name := entryName(h)
	s.entries++
	f := file{text: text, layer: layer, at: s.entries, inode: s.entries, folder: h.Typeflag == tar.TypeDir}
	parent, base := path.Split(name)
	dir, ok := s.follow(parent)
	if ok && base != "" {
		name = dir.path + "/" + base
	}
	s.doubt(dir, name)
	s.odd = s.odd || !ok || base == "" && !f.folder
	switch h.Typeflag {
	case tar.TypeDir:
		f.replaced = s.files[name].replaced
	case tar.TypeSymlink:
		f.link = strings.Clone(h.Linkname)
	case tar.TypeLink:
		s.hard(&f, name, h.Linkname)
	}
	if !f.folder {
		f.replaced = f.at
	}
	return name, f
}

// doubt notes a path in a folder if that may lead elsewhere.
func (s *fileSet) doubt(dir place, name string) {
	if dir.unsure {
		s.unsure = append(s.unsure, name)
	}
}

// hard finds what a hard link leads to at this time.
func (s *fileSet) hard(f *file, name, linkname string) {
	f.hard = true
	parent, base := path.Split(path.Clean("/" + linkname))
	dir, ok := s.follow(parent)
	if !ok || base == "" {
		s.odd = true
		return
	}
	at, target, there := s.below(dir, base)
	f.target = at.path
	s.doubt(dir, f.target)
	s.odd = s.odd || at.path == name || there && target.folder
	if !there {
		return // perhaps in a lower layer
	}
	f.inode, f.of = target.inode, target.text
	if target.hard {
		f.of = target.of
	}
}

// settle finds out whether the entries clash, takes away what is no longer there once all layers lie over each other, and says of hard links what their targets no longer do.
func (s *fileSet) settle() error {
	s.clash = s.clashes()
	var gone []string
	for name := range s.files {
		if !s.there(name) {
			gone = append(gone, name)
		}
	}
	for _, name := range gone {
		delete(s.files, name)
	}
	// first is of each file with hard links the first of its names, and whole says that one of them has what it is.
	first, whole := map[int]string{}, map[int]bool{}
	for _, f := range s.files {
		if f.hard {
			first[f.inode] = ""
		}
	}
	for name, f := range s.files {
		if known, ok := first[f.inode]; ok && (known == "" || name < known) {
			first[f.inode] = name
		}
		whole[f.inode] = whole[f.inode] || !f.hard && first[f.inode] != ""
	}
	for name, f := range s.files {
		target, there := s.files[f.target]
		same := there && target.inode == f.inode && whole[f.inode]
		if !f.hard || same || !there && f.of == "" {
			continue
		}
		if err := s.split(name, f, first[f.inode]); err != nil {
			return err
		}
	}
	return nil
}

func (s *fileSet) there(name string) bool {
	if name == "/" {
		return true
	}
	var dir place
	for rest := name[1:]; ; {
		base, more, deeper := strings.Cut(rest, "/")
		next, _, there := s.below(dir, base)
		if !deeper {
			return there
		}
		dir, rest = next, more
	}
}

// split says of a hard link what it is by itself, because something else is at its target now.
func (s *fileSet) split(name string, f file, first string) error {
	var a, of attributes
	if err := json.Unmarshal([]byte(f.text), &a); err != nil {
		return err // does not happen
	}
	if f.of != "" {
		if err := json.Unmarshal([]byte(f.of), &of); err != nil {
			return err // does not happen
		}
		a.Size, a.SHA256, a.Device, a.Of = of.Size, of.SHA256, of.Device, json.RawMessage(f.of)
	}
	a.Inode = printable(first)
	f.text = a.text()
	s.files[name] = f
	return s.hold(len(f.text))
}
