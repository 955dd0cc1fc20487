package links

import (
	"errors"
	"io/fs"
)

var (
	_ fs.ReadFileFS = (*Tree)(nil)
	_ fs.ReadDirFS  = (*Tree)(nil)
	_ fs.StatFS     = (*Tree)(nil)
)

// Open opens what a name leads to. A pipe or a device is refused: to open one may wait for ever.
func (t *Tree) Open(name string) (fs.File, error) {
	place, err := t.Find(name)
	if err != nil {
		return nil, err
	}
	if !place.Type.IsDir() && !place.Type.IsRegular() {
		return nil, irregular("open", name)
	}
	return t.fsys.Open(place.Path)
}

// ReadFile reads what a name leads to.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	place, err := t.Find(name)
	if err != nil {
		return nil, err
	}
	if !place.Type.IsRegular() {
		return nil, irregular("read", name)
	}
	return fs.ReadFile(t.fsys, place.Path)
}

// ReadDir lists the folder that a name leads to.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	place, err := t.Find(name)
	if err != nil {
		return nil, err
	}
	return t.Entries(place.Path)
}

// Stat describes what a name leads to, by what its folder says.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	place, err := t.Find(name)
	if err != nil {
		return nil, err
	}
	if place.Entry == nil {
		return fs.Stat(t.fsys, ".")
	}
	return place.Entry.Info()
}

func irregular(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: errors.New("not a regular file")}
}
