package vcs

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v6"
)

// maxPlainFile bounds the files of a git folder that are read as a whole: references, packed references, configuration.
const maxPlainFile = 64 << 20

// readOnly is a git folder that cannot be written, that opens regular files only, and that hides where it would borrow objects
// from another repository.
type readOnly struct{ billy.Filesystem }

func (r readOnly) Open(name string) (billy.File, error) {
	clean := path.Clean(filepath.ToSlash(name))
	if clean == "objects/info/alternates" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	info, err := r.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("opening %s: not a regular file", clean)
	}
	if !strings.HasPrefix(clean, "objects/") && info.Size() > maxPlainFile {
		return nil, fmt.Errorf("opening %s: larger than %d bytes", clean, maxPlainFile)
	}
	return r.Filesystem.Open(name)
}

func (r readOnly) OpenFile(name string, flag int, _ fs.FileMode) (billy.File, error) {
	if flag != 0 { // os.O_RDONLY, everywhere
		return nil, billy.ErrReadOnly
	}
	return r.Open(name)
}

func (r readOnly) Chroot(name string) (billy.Filesystem, error) {
	sub, err := r.Filesystem.Chroot(name)
	if err != nil {
		return nil, err
	}
	return readOnly{sub}, nil
}

func (readOnly) Create(string) (billy.File, error)           { return nil, billy.ErrReadOnly }
func (readOnly) TempFile(string, string) (billy.File, error) { return nil, billy.ErrReadOnly }
func (readOnly) Rename(string, string) error                 { return billy.ErrReadOnly }
func (readOnly) Remove(string) error                         { return billy.ErrReadOnly }
func (readOnly) MkdirAll(string, fs.FileMode) error          { return billy.ErrReadOnly }
func (readOnly) Symlink(string, string) error                { return billy.ErrReadOnly }
