package reffs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// FS gives the files of ref as a file system. A file is read whole when it is opened and may hold limit bytes.
func FS(ctx context.Context, ref Reference, limit int) fs.FS {
	return refFS{ctx: ctx, ref: ref, limit: limit}
}

type refFS struct {
	ctx   context.Context // io/fs has no place for it
	ref   Reference
	limit int
}

var (
	_ fs.ReadFileFS = refFS{}
	_ fs.ReadDirFS  = refFS{}
	_ fs.StatFS     = refFS{}
)

func (f refFS) Open(name string) (fs.File, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		entries, err := f.ReadDir(name)
		if err != nil {
			return nil, err
		}
		return &openDir{info: info, entries: entries}, nil
	}
	content, err := f.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{Reader: bytes.NewReader(content), info: info}, nil
}

func (f refFS) ReadFile(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	content, err := ReadFile(f.ctx, f.ref, name, f.limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return content, err
}

func (f refFS) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	st, err := f.ref.StatFile(f.ctx, gateway.StatRequest{Path: name})
	if err != nil {
		if err = notExist(err); errors.Is(err, fs.ErrNotExist) {
			err = fs.ErrNotExist
		}
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return fileInfo{st}, nil
}

func (f refFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	stats, err := f.ref.ReadDir(f.ctx, gateway.ReadDirRequest{Path: name})
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: notExist(err)}
	}
	entries := make([]fs.DirEntry, len(stats))
	for i, st := range stats {
		entries[i] = fs.FileInfoToDirEntry(fileInfo{st})
	}
	return entries, nil
}

// fileInfo is a stat of the gateway, whose mode is io/fs's own.
type fileInfo struct{ st *fstypes.Stat }

func (i fileInfo) Name() string       { return path.Base(i.st.Path) }
func (i fileInfo) Size() int64        { return i.st.Size }
func (i fileInfo) Mode() fs.FileMode  { return fs.FileMode(i.st.Mode) }
func (i fileInfo) ModTime() time.Time { return time.Unix(0, i.st.ModTime) }
func (i fileInfo) IsDir() bool        { return i.Mode().IsDir() }
func (i fileInfo) Sys() any           { return i.st }

// Owner gives whom a file of a [Reference] belongs to.
func Owner(info fs.FileInfo) (uid, gid int, ok bool) {
	st, ok := info.Sys().(*fstypes.Stat)
	if !ok {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}

type openFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	info    fs.FileInfo
	entries []fs.DirEntry
}

var _ fs.ReadDirFile = (*openDir)(nil)

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.Name(), Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		all := d.entries
		d.entries = nil
		return all, nil
	}
	if len(d.entries) == 0 {
		return nil, io.EOF
	}
	next := d.entries[:min(n, len(d.entries))]
	d.entries = d.entries[len(next):]
	return next, nil
}
