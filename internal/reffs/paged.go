package reffs

import (
	"context"
	"io"
	"io/fs"
)

// Paged gives the files of ref as a file system whose files are read in pages: they may be of any size, and are an [io.ReaderAt].
func Paged(ctx context.Context, ref Reference) fs.FS {
	return pagedFS{refFS{ctx: ctx, ref: ref}}
}

type pagedFS struct{ refFS }

var (
	_ fs.ReadDirFS = pagedFS{}
	_ fs.StatFS    = pagedFS{}
)

// ReadFile reads a file whole, however large it is.
func (f pagedFS) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(file)
}

func (f pagedFS) Open(name string) (fs.File, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return f.refFS.Open(name)
	}
	file := &File{ctx: f.ctx, ref: f.ref, name: name, size: info.Size(), pages: map[int64][]byte{}}
	return &pagedFile{SectionReader: io.NewSectionReader(file, 0, info.Size()), info: info}, nil
}

// pagedFile is an open file of a [pagedFS].
type pagedFile struct {
	*io.SectionReader
	info fs.FileInfo
}

func (f *pagedFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *pagedFile) Close() error               { return nil }
