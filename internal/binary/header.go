package binary

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// maxProgs is the limit of the kernel's load_elf_phdrs, in bytes.
	maxProgs = 64 << 10
	// maxSections and maxNames keep debug/elf from copying each of many names out of one long string. Executables have fewer
	// than 100 sections.
	maxSections = 512
	maxNames    = 64 << 10
)

// header holds what elf.Header32 and elf.Header64 have in common.
type header struct {
	class elf.Class
	order binary.ByteOrder
	flags uint32

	phnum, phsize             uint64
	shoff, shnum, shsize, str uint64
}

// check refuses a file whose tables are larger than those of any real executable, before debug/elf allocates for them.
func (h *header) check(r io.ReaderAt) error {
	if err := h.checkProgs(); err != nil {
		return err
	}
	want := uint64(binary.Size(elf.Section64{}))
	if h.class == elf.ELFCLASS32 {
		want = uint64(binary.Size(elf.Section32{}))
	}
	switch {
	case h.shnum > 0 && h.shsize != want:
		return fmt.Errorf("%w: section headers of %d bytes instead of %d", ErrMalformed, h.shsize, want)
	case h.shnum > maxSections:
		return fmt.Errorf("%w: %d sections", ErrMalformed, h.shnum)
	case h.shnum == 0 && h.shoff != 0:
		// debug/elf then takes the number, of 32 or 64 bits, from the first section header.
		return fmt.Errorf("%w: section headers without a number", ErrMalformed)
	case h.shnum > 0 && h.str >= h.shnum:
		return fmt.Errorf("%w: section names in section %d of %d", ErrMalformed, h.str, h.shnum)
	}
	return h.checkNames(r)
}

// checkProgs is the part of check for the program headers.
func (h *header) checkProgs() error {
	want := uint64(binary.Size(elf.Prog64{}))
	if h.class == elf.ELFCLASS32 {
		want = uint64(binary.Size(elf.Prog32{}))
	}
	switch {
	case h.phnum > 0 && h.phsize != want:
		return fmt.Errorf("%w: program headers of %d bytes instead of %d", ErrMalformed, h.phsize, want)
	case h.phnum*h.phsize > maxProgs:
		return fmt.Errorf("%w: %d program headers", ErrMalformed, h.phnum)
	}
	return nil
}

// checkNames refuses a section name table that is long or compressed.
func (h *header) checkNames(r io.ReaderAt) error {
	if h.shnum == 0 || h.str == 0 {
		return nil
	}
	raw, err := readFull(r, h.shoff+h.str*h.shsize, h.shsize, "section header")
	if err != nil {
		return err
	}
	var flags, size uint64
	if h.class == elf.ELFCLASS32 {
		var s elf.Section32
		err = binary.Read(bytes.NewReader(raw), h.order, &s)
		flags, size = uint64(s.Flags), uint64(s.Size)
	} else {
		var s elf.Section64
		err = binary.Read(bytes.NewReader(raw), h.order, &s)
		flags, size = s.Flags, s.Size
	}
	if err != nil {
		return fmt.Errorf("%w: reading section header: %w", ErrMalformed, err)
	}
	if size > maxNames || elf.SectionFlag(flags)&elf.SHF_COMPRESSED != 0 {
		return fmt.Errorf("%w: section names of %d bytes, flags %#x", ErrMalformed, size, flags)
	}
	return nil
}

func readHeader(r io.ReaderAt) (*header, error) {
	ident := make([]byte, elf.EI_NIDENT)
	if n, err := r.ReadAt(ident, 0); n < len(elf.ELFMAG) || string(ident[:len(elf.ELFMAG)]) != elf.ELFMAG {
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotELF, err)
		}
		return nil, ErrNotELF
	}
	h := &header{class: elf.Class(ident[elf.EI_CLASS]), order: binary.LittleEndian}
	if elf.Data(ident[elf.EI_DATA]) == elf.ELFDATA2MSB {
		h.order = binary.BigEndian
	}
	switch h.class {
	case elf.ELFCLASS32:
		var e elf.Header32
		if err := h.decode(r, &e); err != nil {
			return nil, err
		}
		h.flags, h.phnum, h.phsize = e.Flags, uint64(e.Phnum), uint64(e.Phentsize)
		h.shoff, h.shnum, h.shsize, h.str = uint64(e.Shoff), uint64(e.Shnum), uint64(e.Shentsize), uint64(e.Shstrndx)
	case elf.ELFCLASS64:
		var e elf.Header64
		if err := h.decode(r, &e); err != nil {
			return nil, err
		}
		h.flags, h.phnum, h.phsize = e.Flags, uint64(e.Phnum), uint64(e.Phentsize)
		h.shoff, h.shnum, h.shsize, h.str = e.Shoff, uint64(e.Shnum), uint64(e.Shentsize), uint64(e.Shstrndx)
	default:
		return nil, fmt.Errorf("%w: class %v", ErrMalformed, h.class)
	}
	return h, nil
}

func (h *header) decode(r io.ReaderAt, into any) error {
	raw, err := readFull(r, 0, uint64(binary.Size(into)), "ELF header")
	if err != nil {
		return err
	}
	if err := binary.Read(bytes.NewReader(raw), h.order, into); err != nil {
		return fmt.Errorf("%w: reading ELF header: %w", ErrMalformed, err)
	}
	return nil
}
