package cgofacts

import (
	"bufio"
	"debug/elf"
	"errors"
	"io"
)

const (
	// maxScan limits what is read of a program at a time as a stream; larger ones are looked at as far as that.
	maxScan = 1 << 30
	// maxName limits one name. Longer ones are of instances of generic types, and none that is looked for here.
	maxName = 64 << 10
	// maxTable limits a table that is held in memory.
	maxTable = 64 << 20
)

// program is an ELF file with its contents.
type program struct {
	r    io.ReaderAt
	size int64
	file *elf.File
}

// part is a part of the file, which ends with the file whatever the headers say.
func (p *program) part(off, size uint64) *io.SectionReader {
	if off > uint64(p.size) {
		return io.NewSectionReader(p.r, 0, 0)
	}
	return io.NewSectionReader(p.r, int64(off), int64(min(size, uint64(p.size)-off, maxScan)))
}

// section is the content of a section, nil if it has none or is compressed.
func (p *program) section(s *elf.Section) *io.SectionReader {
	if s == nil || s.Type == elf.SHT_NOBITS || s.Flags&elf.SHF_COMPRESSED != 0 {
		return nil
	}
	return p.part(s.Offset, s.FileSize)
}

// segment is the first segment of a type, nil if there is none.
func (p *program) segment(typ elf.ProgType) *elf.Prog {
	for _, s := range p.file.Progs {
		if s.Type == typ {
			return s
		}
	}
	return nil
}

// eachName gives each of many names that end with a zero to fn. The text is good until fn returns.
func eachName(r io.Reader, fn func(name []byte)) error {
	in := bufio.NewReaderSize(r, maxName)
	long := false
	for {
		name, err := in.ReadSlice(0)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if !long {
			fn(name[:len(name)-1])
		}
		long = false
	}
}

// word reads an integer of the size of a pointer.
func (p *program) word(raw []byte, size int) uint64 {
	if size == 4 {
		return uint64(p.file.ByteOrder.Uint32(raw))
	}
	return p.file.ByteOrder.Uint64(raw)
}
