package binary

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
)

// errNoTable says that a file has no table of the kind.
var errNoTable = errors.New("no table of symbols")

// Imports gives the names of the functions and variables that an executable or shared library takes from the libraries it needs,
// sorted; none for a static executable. Errors are as for [ReadDynamic].
func Imports(r io.ReaderAt) ([]string, error) {
	in := &reader{r: r, left: maxTotal}
	names, err := readImports(in)
	if in.err != nil {
		return nil, fmt.Errorf("reading ELF file: %w", in.err)
	}
	return names, err
}

func readImports(r *reader) ([]string, error) {
	file, err := openELF(r)
	if err != nil {
		return nil, err
	}
	table, err := readDynamicTable(file)
	if err != nil {
		return nil, err
	}
	symbols, err := table.symbols()
	if errors.Is(err, errNoTable) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading symbols: %w", err)
	}
	return table.undefined(symbols)
}

// symbols reads the table of symbols whole. Where DT_HASH does not tell how long it is, it ends where that of the strings begins, as
// glibc takes it (elf/dl-addr.c).
func (t *dynamicTable) symbols() ([]byte, error) {
	at, ok := t.value(elf.DT_SYMTAB)
	if !ok {
		return nil, errNoTable
	}
	size := t.names - at
	if hash, ok := t.value(elf.DT_HASH); ok {
		p, off, err := loaded(t.file, hash)
		if err != nil {
			return nil, err
		}
		head, err := readFull(p, off, 8, "hash table")
		if err != nil {
			return nil, err
		}
		size = uint64(t.file.ByteOrder.Uint32(head[4:])) * t.symbolSize()
	} else if t.names < at {
		return nil, errNoTable
	}
	p, off, err := loaded(t.file, at)
	if err != nil {
		return nil, err
	}
	return readFull(p, off, size, "table of symbols")
}

func (t *dynamicTable) symbolSize() uint64 {
	if t.file.Class == elf.ELFCLASS32 {
		return elf.Sym32Size
	}
	return elf.Sym64Size
}

// undefined names the symbols that others have to define.
func (t *dynamicTable) undefined(symbols []byte) ([]string, error) {
	var names []string
	order := t.file.ByteOrder
	for symbol := range slices.Chunk(symbols, int(t.symbolSize())) {
		if uint64(len(symbol)) < t.symbolSize() {
			break
		}
		info, section := symbol[4], order.Uint16(symbol[6:])
		if t.file.Class == elf.ELFCLASS32 {
			info, section = symbol[12], order.Uint16(symbol[14:])
		}
		name := order.Uint32(symbol)
		if name == 0 || elf.SectionIndex(section) != elf.SHN_UNDEF || elf.ST_BIND(info) != elf.STB_GLOBAL {
			continue
		}
		text, err := nameAt(t.file, t.names+uint64(name))
		if err != nil {
			return nil, fmt.Errorf("reading the name of symbol %d: %w", len(names)+1, err)
		}
		names = append(names, text)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
