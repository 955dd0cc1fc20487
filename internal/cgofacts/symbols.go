package cgofacts

import (
	"bytes"
	"debug/elf"
	"io"
	"slices"
)

// symbols is what the table of symbols tells that a strip takes away.
type symbols struct {
	found bool
	// cgo is a C function of runtime/cgo, "" if there is none.
	cgo string
	// iscgo is the place of the variable runtime.iscgo, which is true if the C runtime starts the program.
	iscgo variable
	// functions are C functions that are linked in and that somebody wants to know of, sorted.
	functions []string
	wanted    map[string]RiskGroup
}

type variable struct {
	found bool
	addr  uint64
}

// symbols reads the table. Names are compared in the table of strings, which is the only part that is held.
func (p *program) symbols() (symbols, error) {
	all := symbols{wanted: riskOf()}
	for _, s := range p.file.Sections {
		if s.Type != elf.SHT_SYMTAB || int(s.Link) >= len(p.file.Sections) {
			continue
		}
		table, texts := p.section(s), p.section(p.file.Sections[s.Link])
		if table == nil || texts == nil || table.Size() == 0 {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(texts, maxTable))
		if err != nil {
			return all, err
		}
		all.found = true
		if err := p.eachSymbol(table, text, all.add); err != nil {
			return all, err
		}
	}
	slices.Sort(all.functions)
	all.functions = slices.Compact(all.functions)
	return all, nil
}

// symbol is one of the table.
type symbol struct {
	name    []byte
	typ     elf.SymType
	global  bool
	defined bool
	addr    uint64
}

// eachSymbol reads a table of Sym32 or Sym64.
func (p *program) eachSymbol(table io.Reader, text []byte, fn func(symbol)) error {
	size := elf.Sym64Size
	if p.file.Class == elf.ELFCLASS32 {
		size = elf.Sym32Size
	}
	raw := make([]byte, size*4096)
	for {
		n, err := io.ReadFull(table, raw)
		for s := range slices.Chunk(raw[:n-n%size], size) {
			if name, ok := textAt(text, p.file.ByteOrder.Uint32(s)); ok {
				fn(p.symbol(s, name))
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *program) symbol(raw []byte, name []byte) symbol {
	order := p.file.ByteOrder
	info, section, addr := raw[4], order.Uint16(raw[6:]), uint64(0)
	if p.file.Class == elf.ELFCLASS32 {
		info, section, addr = raw[12], order.Uint16(raw[14:]), uint64(order.Uint32(raw[4:]))
	} else {
		addr = order.Uint64(raw[8:])
	}
	return symbol{
		name: name, typ: elf.ST_TYPE(info), addr: addr,
		global: elf.ST_BIND(info) != elf.STB_LOCAL, defined: elf.SectionIndex(section) != elf.SHN_UNDEF,
	}
}

// textAt gives a name that is neither empty nor long.
func textAt(text []byte, off uint32) ([]byte, bool) {
	if int64(off) >= int64(len(text)) {
		return nil, false
	}
	rest := text[off:]
	end := bytes.IndexByte(rest[:min(len(rest), 256)], 0)
	if end <= 0 {
		return nil, false
	}
	return rest[:end], true
}

func (all *symbols) add(s symbol) {
	switch {
	case !s.defined:
	case string(s.name) == "runtime.iscgo":
		all.iscgo = variable{true, s.addr}
	case s.typ != elf.STT_FUNC:
	case string(s.name) == "x_cgo_init":
		// Others have a dot in their names, such as the Go functions of purego that stand for these; and _cgo_init and its like
		// are variables of every Go runtime.
		all.cgo = string(s.name)
	case s.global && len(all.functions) < maxCalls && all.interesting(s.name):
		all.functions = append(all.functions, string(s.name))
	}
}

// flag reads the value of a variable of one byte. In a segment it may lie behind what the file has, where all is zero.
func (p *program) flag(v variable) (value, ok bool) {
	for _, s := range p.file.Progs {
		if s.Type != elf.PT_LOAD || v.addr < s.Vaddr || v.addr-s.Vaddr >= s.Memsz {
			continue
		}
		if v.addr-s.Vaddr >= s.Filesz {
			return false, true
		}
		raw := make([]byte, 1)
		if _, err := p.part(s.Off+(v.addr-s.Vaddr), 1).ReadAt(raw, 0); err != nil {
			return false, false
		}
		return raw[0] != 0, true
	}
	return false, false
}

// interesting says whether a C function that is linked in says something about the program.
func (all *symbols) interesting(name []byte) bool {
	_, risk := all.wanted[string(name)]
	return risk || libcMarks[string(name)] != ""
}
