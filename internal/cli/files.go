package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/stepprogram"
)

// files is a directory that holds just the files it names, so that a local source hands over no more than it must. The
// owner is root. Symbolic links are followed when a file is read.
type files map[string]file

// file is a file on disk, a program that modship carries, or else in memory; then its time is the epoch.
type file struct {
	path    string
	program *stepprogram.Program
	data    []byte
	mode    fs.FileMode
}

var _ fsutil.FS = files{}

// Walk calls fn for the file named target, or for all if target is the root. A file that is not there is passed over.
func (d files) Walk(ctx context.Context, target string, fn fs.WalkDirFunc) error {
	target = cleanName(target)
	for _, name := range slices.Sorted(maps.Keys(d)) {
		if target != "." && target != name {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		st, err := d[name].stat(name)
		if err != nil {
			return err
		}
		switch err := fn(name, &fsutil.DirEntryInfo{Stat: st}, nil); err {
		case nil:
		case fs.SkipDir, fs.SkipAll:
			return nil
		default:
			return err
		}
	}
	return nil
}

// Open opens the file named name.
func (d files) Open(name string) (io.ReadCloser, error) {
	f, ok := d[cleanName(name)]
	switch {
	case !ok:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case f.program != nil:
		return f.program.Open()
	case f.path == "":
		return io.NopCloser(bytes.NewReader(f.data)), nil
	}
	return localfile.Open(f.path)
}

func (f file) stat(name string) (*types.Stat, error) {
	st := &types.Stat{Path: name, Mode: uint32(f.mode), Size: int64(len(f.data))}
	if f.program != nil {
		st.Size, st.ModTime = f.program.Size, f.program.ModTime().UnixNano()
		return st, nil
	}
	if f.path == "" {
		return st, nil
	}
	fi, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", f.path)
	}
	st.Size, st.ModTime = fi.Size(), fi.ModTime().UnixNano()
	return st, nil
}

// cleanName makes the root ".", and everything else relative to it.
func cleanName(name string) string {
	return filepath.Clean(strings.TrimLeft(filepath.FromSlash(name), string(filepath.Separator)))
}
