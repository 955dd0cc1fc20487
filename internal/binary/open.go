package binary

import (
	"debug/elf"
	"fmt"
	"io"
)

// Open gives the headers of an executable or shared library to those who look at more of it than this package does. It has
// sections only if their table is one that executables have; no loader needs them. What the headers say of places and sizes is
// not checked, and reading through the file is limited as everywhere in this package.
//
// The error wraps [ErrNotELF] or [ErrMalformed], or is the first error of r.
func Open(r io.ReaderAt) (*elf.File, error) {
	in := &reader{r: r, left: maxTotal}
	file, err := open(in)
	if in.err != nil {
		return nil, fmt.Errorf("reading ELF file: %w", in.err)
	}
	return file, err
}

func open(r *reader) (*elf.File, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if h.check(r) == nil {
		if file, err := contained(func() (*elf.File, error) { return elf.NewFile(r) }); err == nil {
			return file, nil
		}
	}
	return openELF(r)
}
