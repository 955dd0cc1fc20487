package binary

import (
	"errors"
	"fmt"
	"io"
)

const (
	// maxRead limits one read. debug/buildinfo searches in steps of 1 MiB and reads a string in one piece, so it also limits
	// the module list of a binary (100 bytes for each module).
	maxRead = 4 << 20
	// maxTotal limits all reads of one file. Without section headers the build information is searched for in the whole data
	// segment.
	maxTotal = 256 << 20
)

var errLimit = errors.New("file asks for too large a read")

// reader limits what is read of r, and keeps r's own first error apart from those that a parser makes of it.
type reader struct {
	r    io.ReaderAt
	left int64
	err  error
}

// ReadAt reads nothing at a negative offset: it comes from a corrupt file and not from r.
func (in *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, io.EOF
	}
	if len(p) > maxRead || int64(len(p)) > in.left {
		return 0, errLimit
	}
	n, err := in.r.ReadAt(p, off)
	in.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) && in.err == nil {
		in.err = err
	}
	return n, err
}

// readFull reads size bytes at off, or says what is truncated.
func readFull(r io.ReaderAt, off, size uint64, what string) ([]byte, error) {
	if size > maxRead || int64(off) < 0 {
		return nil, fmt.Errorf("%w: %s is %d bytes at %#x", ErrMalformed, what, size, off)
	}
	buf := make([]byte, size)
	n, err := r.ReadAt(buf, int64(off))
	if uint64(n) == size {
		return buf, nil
	}
	return nil, fmt.Errorf("%w: reading %s: %w", ErrMalformed, what, err)
}
