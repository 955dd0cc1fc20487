package cinclude

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/request"
)

// include finds every file whose path ends in name.
func (f *finder) include(name string, text bool) {
	end, ok := ending(name)
	if !ok {
		return
	}
	key := end
	if !text {
		key = "\x00" + end
	}
	if f.named[key] {
		return
	}
	f.named[key] = true
	if !Usual(end) {
		f.asked[end] = true
		if len(f.asked) > maxAsked {
			f.unknown = end
		}
	}
	for _, p := range f.byName[path.Base(end)] {
		if p == end || strings.HasSuffix(p, "/"+end) {
			f.take(p, text)
		}
	}
}

// includeFrom finds what a file in dir includes where a compiler looks first, which may be behind links: then its path may end in
// anything.
func (f *finder) includeFrom(dir, name string, text bool) error {
	key := dir + "\x00" + name
	if f.tried[key] || !usable(name) {
		return nil
	}
	f.tried[key] = true
	folder, last := path.Split(name)
	if last == "" || last == "." || last == ".." {
		return nil
	}
	bases := f.bases
	if !slices.Contains(bases, dir) {
		bases = append(slices.Clip(bases), dir)
	}
	for _, base := range bases {
		in, err := f.enter(base, folder)
		if err != nil {
			return err
		}
		if in == nil {
			continue
		}
		found := path.Join(in.Path, last)
		if err := f.outside[found]; err != nil {
			f.refused = err
			return err
		}
		switch {
		case f.listed[found]:
			f.takeLinks(*in)
			f.take(found, text)
		case len(in.Links) > 0 && !Usual(found): // its path does not end in the name, by which it is asked for
			f.want(found)
		}
	}
	return nil
}

// flagged takes the links to a folder that a #cgo line of a file in dir names, and notes it if names are searched in it.
func (f *finder) flagged(dir, name string, searched bool) error {
	if !usable(name) {
		return nil
	}
	in, err := f.enter(dir, name)
	if err != nil || in == nil {
		return err
	}
	f.takeLinks(*in)
	if searched {
		f.addBase(in.Path)
	}
	return nil
}

func (f *finder) takeLinks(p links.Place) {
	for _, link := range p.Links {
		f.found[link] = true
	}
}

// enter goes from a folder to another as the system does: ".." is the parent of what a link led to. It gives nil where there is no
// folder; what is not there may be a link.
func (f *finder) enter(base, name string) (*links.Place, error) {
	key := base + "\x00" + name
	if place, known := f.places[key]; known {
		return place, nil
	}
	place, err := f.walk(base, name)
	if err != nil {
		f.refused = err
		return nil, err
	}
	f.places[key] = place
	return place, nil
}

func (f *finder) walk(base, name string) (*links.Place, error) {
	if path.IsAbs(name) {
		rest, ok := strings.CutPrefix(name+"/", request.Work+"/")
		if !ok {
			return nil, nil
		}
		base, name = ".", rest
	}
	at := links.Place{Path: "."}
	for element := range strings.SplitSeq(base+"/"+name, "/") {
		switch element {
		case "", ".":
			continue
		case "..":
			if at.Path == "." {
				return nil, nil
			}
			at.Path = path.Dir(at.Path)
			continue
		}
		next := path.Join(at.Path, element)
		if !fs.ValidPath(next) {
			return nil, nil
		}
		place, err := f.tree.Find(next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.want(next)
			return nil, nil
		case err != nil:
			return nil, err
		case !place.Type.IsDir():
			return nil, nil
		}
		at.Path, at.Links = place.Path, append(at.Links, place.Links...)
	}
	return &at, nil
}

// want asks for a path that may be a link.
func (f *finder) want(name string) {
	if f.wanted[name] {
		return
	}
	f.wanted[name] = true
	f.tree.Want(name)
	if len(f.wanted) > maxWanted {
		f.unknown = name
	}
}

// usable tells whether a name can be that of a file.
func usable(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsAny(name, "\x00\\")
}

// maxName is more than a path has that a compiler opens, in bytes.
const maxName = 1024

// ending gives the end of the paths that an include may lead to, from whatever folder it is looked for. Of absolute ones only those
// below the folder lead anywhere in which the tree is compiled.
func ending(name string) (string, bool) {
	if !usable(name) {
		return "", false
	}
	name = path.Clean(name)
	if path.IsAbs(name) {
		return strings.CutPrefix(name, request.Work+"/")
	}
	for strings.HasPrefix(name, "../") {
		name = name[len("../"):]
	}
	return name, name != "." && name != ".."
}
