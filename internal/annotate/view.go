package annotate

import (
	"io"
	"io/fs"
	"path"
)

// view is a file system with only the files that are named. A link is kept by its own name.
type view struct {
	fsys fs.FS
	kept names
}

var _ interface {
	fs.ReadDirFS
	fs.ReadLinkFS
} = view{}

// Open opens a kept file, or a folder that lists what is kept.
func (v view) Open(name string) (fs.File, error) {
	if fs.ValidPath(name) && !v.kept[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := v.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !info.IsDir() {
		return f, nil
	}
	entries, err := v.ReadDir(name)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &folder{f, entries}, nil
}

// ReadDir lists what is kept of a folder.
func (v view) ReadDir(name string) ([]fs.DirEntry, error) {
	if !v.kept[name] {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	all, err := fs.ReadDir(v.fsys, name)
	kept := make([]fs.DirEntry, 0, len(all))
	for _, e := range all {
		if v.kept[path.Join(name, e.Name())] {
			kept = append(kept, e)
		}
	}
	return kept, err
}

// ReadLink gives the text of a kept link.
func (v view) ReadLink(name string) (string, error) {
	if _, err := v.Lstat(name); err != nil {
		return "", err
	}
	return fs.ReadLink(v.fsys, name)
}

// Lstat describes what is kept, and a link itself.
func (v view) Lstat(name string) (fs.FileInfo, error) {
	info, err := fs.Lstat(v.fsys, name)
	if err == nil && !v.kept[name] {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return info, err
}

// folder is an open folder; rest are the entries that have not been read.
type folder struct {
	fs.File
	rest []fs.DirEntry
}

// ReadDir is that of [fs.ReadDirFile].
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.rest)
	} else if len(f.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.rest))
	read := f.rest[:n]
	f.rest = f.rest[n:]
	return read, nil
}
