package localfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// errIrregular is what is said of pipes, sockets and devices.
var errIrregular = errors.New("not a regular file")

// Open opens a regular file of a tree that others have made, or one that a link leads to: to open a pipe waits for somebody to
// write, and to open a device may do anything.
func Open(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	// It may have become a pipe since.
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Irregular tells whether a name is there and is neither a regular file nor a link to one.
func Irregular(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular()
}

// FS is a tree of which nothing else can be opened.
type FS struct{ fs.FS }

// Open opens a regular file or a folder.
func (f FS) Open(name string) (fs.File, error) {
	info, err := fs.Stat(f.FS, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return f.FS.Open(name)
}

// ReadDir lists a folder.
func (f FS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.FS, name) }

// Stat describes what a name leads to.
func (f FS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

// ReadLink gives the text of a link.
func (f FS) ReadLink(name string) (string, error) { return fs.ReadLink(f.FS, name) }

// Lstat describes a link itself.
func (f FS) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(f.FS, name) }
