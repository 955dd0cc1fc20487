// Package reffs reads files of a solved BuildKit reference: small ones whole, large ones in pages.
//
// Every read is a round trip, and a message holds 16 MiB at most (buildkit grpcclient), so large files are read in pages
// that are kept.
package reffs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// Reference is the part of a gateway reference that is read.
type Reference interface {
	ReadFile(ctx context.Context, req gateway.ReadRequest) ([]byte, error)
	StatFile(ctx context.Context, req gateway.StatRequest) (*fstypes.Stat, error)
	ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error)
}

// pageSize is the length of one read: large enough that the tables of an ELF file are few reads, small enough that reading
// a note does not move megabytes.
const pageSize = 256 << 10

// ErrTooLarge is the error of reading a file that is over the reader's limit.
var ErrTooLarge = errors.New("file is too large")

// ReadFile reads a whole file of at most limit bytes. A missing file is fs.ErrNotExist.
func ReadFile(ctx context.Context, ref Reference, name string, limit int) ([]byte, error) {
	st, err := statRegular(ctx, ref, name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if st.Size > int64(limit) {
		return nil, fmt.Errorf("reading %s: %w: %d bytes, at most %d", name, ErrTooLarge, st.Size, limit)
	}
	r := &File{ctx: ctx, ref: ref, name: name, size: st.Size}
	b := make([]byte, st.Size)
	if _, err := r.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// statRegular refuses folders and devices, which have no size and would be read as empty files.
func statRegular(ctx context.Context, ref Reference, name string) (*fstypes.Stat, error) {
	st, err := ref.StatFile(ctx, gateway.StatRequest{Path: name})
	if err != nil {
		return nil, notExist(err)
	}
	if !fs.FileMode(st.Mode).IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return st, nil
}

// notExist recognises a missing file by the text of the error, which is all that crosses the gateway.
func notExist(err error) error {
	if strings.Contains(err.Error(), "no such file or directory") {
		return fmt.Errorf("%w (%s)", fs.ErrNotExist, err)
	}
	return err
}

// File is one file of a reference. It is safe for concurrent use.
type File struct {
	ctx  context.Context // of the build; io.ReaderAt has no place for it
	ref  Reference
	name string
	size int64

	mu    sync.Mutex
	pages map[int64][]byte
}

var _ io.ReaderAt = (*File)(nil)

// Open prepares a file for reading in pages. Every read uses ctx.
func Open(ctx context.Context, ref Reference, name string) (*File, error) {
	st, err := statRegular(ctx, ref, name)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	return &File{ctx: ctx, ref: ref, name: name, size: st.Size, pages: map[int64][]byte{}}, nil
}

// Size is the length of the file in bytes.
func (f *File) Size() int64 { return f.size }

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("reading %s: negative offset %d", f.name, off)
	}
	n := 0
	for n < len(p) && off+int64(n) < f.size {
		at := off + int64(n)
		page, err := f.page(at / pageSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], page[at%pageSize:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// page reads one page whole; the last one is shorter.
func (f *File) page(number int64) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if page, ok := f.pages[number]; ok {
		return page, nil
	}
	start := number * pageSize
	want := min(pageSize, f.size-start)
	// An empty range would read nothing and a read past the end gives no error (buildkit snapshot/localmounter ReadFile).
	page, err := f.ref.ReadFile(f.ctx, gateway.ReadRequest{
		Filename: f.name,
		Range:    &gateway.FileRange{Offset: int(start), Length: int(want)},
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s at %d: %w", f.name, start, err)
	}
	if int64(len(page)) != want {
		return nil, fmt.Errorf("reading %s at %d: got %d bytes, want %d", f.name, start, len(page), want)
	}
	if f.pages != nil {
		f.pages[number] = page
	}
	return page, nil
}
