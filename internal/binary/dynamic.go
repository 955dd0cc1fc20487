package binary

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
)

const (
	// maxPath is the kernel's PATH_MAX, its own limit for the interpreter; it counts the final NUL.
	maxPath = 4096
	// maxDynamic limits the dynamic table, in bytes: 4096 entries of 64 bits.
	maxDynamic = 64 << 10
)

// progOf gives the first segment of a type that has content.
func progOf(file *elf.File, typ elf.ProgType) *elf.Prog {
	for _, p := range file.Progs {
		if p.Type == typ && p.Filesz > 0 {
			return p
		}
	}
	return nil
}

func readInterpreter(file *elf.File) (string, error) {
	p := progOf(file, elf.PT_INTERP)
	if p == nil {
		return "", nil
	}
	if p.Filesz > maxPath {
		return "", fmt.Errorf("%w: interpreter of %d bytes", ErrMalformed, p.Filesz)
	}
	path, err := readFull(p, 0, p.Filesz, "interpreter")
	if err != nil {
		return "", err
	}
	name, rest, ok := bytes.Cut(path, []byte{0})
	if !ok || len(name) == 0 || len(rest) > 0 {
		return "", fmt.Errorf("%w: interpreter %q is not a string", ErrMalformed, path)
	}
	return string(name), nil
}

// readNeeded goes the way of the dynamic loader, from PT_DYNAMIC by addresses; the sections may say something else.
func readNeeded(file *elf.File) ([]string, error) {
	p := progOf(file, elf.PT_DYNAMIC)
	if p == nil {
		return nil, nil
	}
	if p.Filesz > maxDynamic {
		return nil, fmt.Errorf("%w: dynamic table of %d bytes", ErrMalformed, p.Filesz)
	}
	raw, err := readFull(p, 0, p.Filesz, "dynamic table")
	if err != nil {
		return nil, err
	}
	var offsets []uint64
	var names uint64
	for _, d := range dynamicEntries(file, raw) {
		switch elf.DynTag(d.Tag) {
		case elf.DT_NEEDED:
			offsets = append(offsets, d.Val)
		case elf.DT_STRTAB:
			names = d.Val
		}
	}
	var needed []string
	for _, off := range offsets {
		name, err := stringAt(file, names+off)
		if err != nil {
			return nil, fmt.Errorf("reading needed library %d: %w", len(needed)+1, err)
		}
		needed = append(needed, name)
	}
	return needed, nil
}

// dynamicEntries decodes the table up to DT_NULL.
func dynamicEntries(file *elf.File, raw []byte) []elf.Dyn64 {
	var entries []elf.Dyn64
	for {
		var d elf.Dyn64
		switch {
		case file.Class == elf.ELFCLASS32 && len(raw) >= 8:
			d = elf.Dyn64{Tag: int64(file.ByteOrder.Uint32(raw)), Val: uint64(file.ByteOrder.Uint32(raw[4:]))}
			raw = raw[8:]
		case file.Class == elf.ELFCLASS64 && len(raw) >= 16:
			d = elf.Dyn64{Tag: int64(file.ByteOrder.Uint64(raw)), Val: file.ByteOrder.Uint64(raw[8:])}
			raw = raw[16:]
		default:
			return entries
		}
		if elf.DynTag(d.Tag) == elf.DT_NULL {
			return entries
		}
		entries = append(entries, d)
	}
}

// stringAt reads the NUL-terminated string at a virtual address.
func stringAt(file *elf.File, addr uint64) (string, error) {
	for _, p := range file.Progs {
		if p.Type != elf.PT_LOAD || addr < p.Vaddr || addr-p.Vaddr >= p.Filesz {
			continue
		}
		off := addr - p.Vaddr
		buf := make([]byte, min(maxPath, p.Filesz-off))
		n, err := p.ReadAt(buf, int64(off))
		name, _, ok := bytes.Cut(buf[:n], []byte{0})
		switch {
		case ok && len(name) > 0:
			return string(name), nil
		case err != nil && err != io.EOF:
			return "", fmt.Errorf("%w: reading string at %#x: %w", ErrMalformed, addr, err)
		}
		return "", fmt.Errorf("%w: no string at %#x", ErrMalformed, addr)
	}
	return "", fmt.Errorf("%w: no segment holds address %#x", ErrMalformed, addr)
}
