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

// readInterpreter gives the path of the dynamic loader: the kernel wants a NUL at the very end and opens what is before the first one
// (fs/binfmt_elf.c, load_elf_binary). Some linkers pad the string with zeros.
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
	name, _, _ := bytes.Cut(path, []byte{0})
	if path[len(path)-1] != 0 || len(name) == 0 {
		return "", fmt.Errorf("%w: interpreter %q is not a string", ErrMalformed, path)
	}
	return string(name), nil
}

// dynamicTable is the table that the dynamic loader goes by, found as it finds it: from PT_DYNAMIC by addresses. The sections
// may say something else.
type dynamicTable struct {
	file    *elf.File
	entries []elf.Dyn64
	names   uint64 // address of the string table
}

// readDynamicTable gives an empty table if there is none.
func readDynamicTable(file *elf.File) (*dynamicTable, error) {
	table := &dynamicTable{file: file}
	p := progOf(file, elf.PT_DYNAMIC)
	if p == nil {
		return table, nil
	}
	if p.Filesz > maxDynamic {
		return nil, fmt.Errorf("%w: dynamic table of %d bytes", ErrMalformed, p.Filesz)
	}
	raw, err := readFull(p, 0, p.Filesz, "dynamic table")
	if err != nil {
		return nil, err
	}
	table.entries = dynamicEntries(file, raw)
	table.names, _ = table.value(elf.DT_STRTAB)
	return table, nil
}

// value gives the last value of a tag, which is the one that loaders keep.
func (t *dynamicTable) value(tag elf.DynTag) (value uint64, ok bool) {
	for _, d := range t.entries {
		if elf.DynTag(d.Tag) == tag {
			value, ok = d.Val, true
		}
	}
	return value, ok
}

func (t *dynamicTable) needed() ([]string, error) {
	var needed []string
	for _, d := range t.entries {
		if elf.DynTag(d.Tag) != elf.DT_NEEDED {
			continue
		}
		name, err := nameAt(t.file, t.names+d.Val)
		if err != nil {
			return nil, fmt.Errorf("reading needed library %d: %w", len(needed)+1, err)
		}
		needed = append(needed, name)
	}
	return needed, nil
}

func readNeeded(file *elf.File) ([]string, error) {
	table, err := readDynamicTable(file)
	if err != nil {
		return nil, err
	}
	return table.needed()
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

// nameAt reads a string that must not be empty.
func nameAt(file *elf.File, addr uint64) (string, error) {
	name, err := stringAt(file, addr)
	if err == nil && name == "" {
		return "", fmt.Errorf("%w: no string at %#x", ErrMalformed, addr)
	}
	return name, err
}

// stringAt reads the NUL-terminated string at a virtual address.
func stringAt(file *elf.File, addr uint64) (string, error) {
	p, off, err := loaded(file, addr)
	if err != nil {
		return "", err
	}
	// Most are short, and there may be thousands.
	for _, size := range []uint64{256, maxPath} {
		buf := make([]byte, min(size, p.Filesz-off))
		n, err := p.ReadAt(buf, int64(off))
		text, _, ok := bytes.Cut(buf[:n], []byte{0})
		switch {
		case ok:
			return string(text), nil
		case err != nil && err != io.EOF:
			return "", fmt.Errorf("%w: reading string at %#x: %w", ErrMalformed, addr, err)
		}
	}
	return "", fmt.Errorf("%w: no string at %#x", ErrMalformed, addr)
}

// loaded gives the segment that holds a virtual address, and the place in it.
func loaded(file *elf.File, addr uint64) (p *elf.Prog, off uint64, err error) {
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr-p.Vaddr < p.Filesz {
			return p, addr - p.Vaddr, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: no segment holds address %#x", ErrMalformed, addr)
}
