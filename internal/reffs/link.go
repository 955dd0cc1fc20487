package reffs

import (
	"errors"
	"io/fs"
	"path"

	fstypes "github.com/tonistiigi/fsutil/types"
)

var _ fs.ReadLinkFS = refFS{}

// ReadLink gives the text of a link. The gateway has no request for it, but lists folders with it.
func (f refFS) ReadLink(name string) (string, error) {
	info, err := f.Lstat(name)
	if err != nil {
		return "", err
	}
	st, ok := info.Sys().(*fstypes.Stat)
	if !ok || info.Mode()&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: errors.New("not a symbolic link")}
	}
	return st.Linkname, nil
}

// Lstat describes what is at a name, and a link itself.
func (f refFS) Lstat(name string) (fs.FileInfo, error) {
	if name == "." {
		return f.Stat(name)
	}
	entries, err := f.ReadDir(path.Dir(name))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() == path.Base(name) {
			return e.Info()
		}
	}
	return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}
