package step

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// zeroTime is the time of everything that goes into an image or into a layer that another step reads.
var zeroTime = time.Unix(0, 0)

// copyTree copies the regular files and symlinks below from into to. A mount without files may be missing.
//
// cmd/go keeps an index of packages by the name, time and size of their files (golang/go#69179), and its cache outlives
// this build; so each file gets a time made of its content: a file that changes, changes its time.
func copyTree(from, to string) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if path == from && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		dest := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(dest, 0o755)
		case d.Type() == fs.ModeSymlink:
			return copyLink(path, dest)
		case d.Type().IsRegular():
			return copyFile(path, dest)
		}
		return nil // sockets, devices and pipes are never an input of go build
	})
	if err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	}
	return nil
}

func copyLink(from, to string) error {
	dest, err := os.Readlink(from)
	if err != nil {
		return err
	}
	err = os.Symlink(dest, to)
	if had, _ := os.Readlink(to); errors.Is(err, fs.ErrExist) && had == dest { // of another tree
		return nil
	}
	return err
}

// copyFile copies one file, readable and writable, with a time made of its content.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(dst, hash), src)
	if err := errors.Join(err, dst.Close()); err != nil {
		return err
	}
	t := contentTime(hash.Sum(nil))
	return os.Chtimes(to, t, t)
}

// contentTime maps a hash to a time between 1970 and 2006: 60 bits of the hash as nanoseconds.
func contentTime(hash []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(hash)>>4))
}

// setTimes gives every file and folder below root the time t.
func setTimes(root string, t time.Time) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type() == fs.ModeSymlink {
			return nil // os.Chtimes follows; a link's own time never reaches an output of ours
		}
		return os.Chtimes(path, t, t)
	})
}
