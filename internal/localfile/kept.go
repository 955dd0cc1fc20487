package localfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"syscall"
	"time"
)

// Folder is the path of a folder of files that builds keep for each other; names in it are separated by slashes. Whoever shares it may
// have put anything there: a link that leads elsewhere, a pipe that nobody writes to, a file without an end. So a name is never
// followed out of the folder, nothing but a regular file is read, and no more of it than a limit. What is in a file is not trusted
// here; callers verify it.
type Folder string

// Get copies a file of at most limit bytes to a path elsewhere.
func (f Folder) Get(name, to string, limit int64) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer root.Close()
	if info, err := root.Lstat(name); err != nil {
		return err
	} else if err := check(name, info, limit); err != nil {
		return err
	}
	// Another build may have changed it since: opening a pipe must not wait for somebody to write.
	src, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if err := check(name, info, limit); err != nil {
		return err
	}
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, io.LimitReader(src, limit))
	return errors.Join(err, dst.Close())
}

func check(name string, info os.FileInfo, limit int64) error {
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file", name)
	case info.Size() > limit:
		return fmt.Errorf("%s has more than the %d bytes allowed", name, limit)
	}
	return nil
}

// Put keeps a copy of a file, in the place of one that is there. Others see it whole, or not at all.
func (f Folder) Put(from, name string) (err error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	partial := name + "." + rand.Text() + ".partial"
	dst, err := root.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err = errors.Join(err, dst.Chmod(0o644), dst.Close()); err == nil {
		err = root.Rename(partial, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(partial))
	}
	return nil
}

// Used marks a file as in use: what no build has used for a while is removed.
func (f Folder) Used(name string) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	now := time.Now()
	return errors.Join(root.Chtimes(name, now, now), root.Close())
}
