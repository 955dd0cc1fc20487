package ocidiff

import (
	"archive/tar"
	"fmt"
	"path"
	"slices"
	"strings"
)

// note adds an entry to what [fileSet.order] is of: what it makes, and where, as it is written. Times and names of owners make nothing.
func (s *fileSet) note(layer int, h *tar.Header, a attributes) {
	a.Modified, a.Accessed, a.Changed, a.User, a.Group, a.Extension = "", "", "", "", "", nil
	fmt.Fprintf(s.order, "%d %q %s\n", layer, h.Name, a.text())
}

// clashes tells whether two entries may be of one file although their paths are not the same: if a folder on the way to one, which these
// layers do not have, is a link in a layer below them. Then the last of both counts.
func (s *fileSet) clashes() bool {
	if len(s.unsure) == 0 {
		return false
	}
	// ends are where the last parts of paths are, but for folders, and folders where the other parts are.
	ends, folders := places{}, places{}
	for name, f := range s.files {
		switch at, hides := target(name); {
		case hides && !s.several: // it hides what is in layers below, wherever it stands in its own
		case path.Base(name) == opaque && s.outside(path.Dir(name)):
			return true
		case !f.folder:
			ends.add(at)
		}
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			folders.add(dir)
		}
	}
	return slices.ContainsFunc(s.unsure, func(name string) bool {
		at, hides := target(name)
		if hides && !s.several {
			return false
		}
		if ends.elsewhere(at) || !s.files[name].folder && folders.elsewhere(at) {
			return true
		}
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if f, ok := s.files[dir]; ends.elsewhere(dir) || ok && !f.folder {
				return true
			}
		}
		return false
	})
}

// outside tells whether there is anything that is neither in a folder nor on the way to it.
func (s *fileSet) outside(dir string) bool {
	for name := range s.files {
		if name != dir && !strings.HasPrefix(name, dir+"/") && !strings.HasPrefix(dir, strings.TrimSuffix(name, "/")+"/") {
			return true
		}
	}
	return false
}

// target is what an entry is of, and says whether it hides that: a whiteout is of another path.
func target(name string) (at string, hides bool) {
	dir, base := path.Split(name)
	if hidden, ok := strings.CutPrefix(base, whiteout); ok {
		return dir + hidden, true
	}
	return name, false
}

// places are the paths that names are at, "" if those are several.
type places map[string]string

func (p places) add(at string) {
	base := path.Base(at)
	if known, ok := p[base]; ok && known != at {
		at = ""
	}
	p[base] = at
}

// elsewhere tells whether the name of a path is at another one.
func (p places) elsewhere(at string) bool {
	known, ok := p[path.Base(at)]
	return ok && known != at
}
