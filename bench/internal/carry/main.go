//go:build linux

// Command carry copies directories into directories inside of a build step, as `cp -a` would: the images of the benchmark have no
// shell. Its arguments are pairs of FROM and TO; a FROM that is not there is passed over.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	args := os.Args[1:]
	if len(args) == 0 || len(args)%2 != 0 {
		fmt.Fprintln(os.Stderr, "carry: want FROM TO …")
		os.Exit(2)
	}
	for i := 0; i < len(args); i += 2 {
		if err := carry(args[i], args[i+1]); err != nil {
			fmt.Fprintln(os.Stderr, "carry:", err)
			os.Exit(1)
		}
	}
}

func carry(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == from {
			return nil
		}
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		return carryEntry(name, filepath.Join(to, inside), d)
	})
}

// carryEntry copies one file or directory. A directory can be written to whatever its mode says, since root copies.
func carryEntry(from, to string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	switch {
	case d.IsDir():
		return errors.Join(os.MkdirAll(to, 0o755), os.Chmod(to, info.Mode().Perm()))
	case d.Type() == fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case !info.Mode().IsRegular():
		return nil
	}
	if err := carryFile(from, to, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

func carryFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
