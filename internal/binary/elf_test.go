package binary_test

import (
	"bytes"
	"debug/elf"
	stdbinary "encoding/binary"

	"github.com/modship-build/modship/internal/target"
)

// synthetic is a small ELF file that holds each fact once. Its zero parts are left out.
type synthetic struct {
	elf        target.ELF
	osabi      elf.OSABI
	typ        elf.Type
	flags      uint32
	interp     string
	needed     []string
	notes      []byte
	goVersion  string
	modinfo    string
	attributes []byte
}

const loadAddr = 0x10000

// part is a piece of the file with a program header, a section header or both.
type part struct {
	prog    elf.ProgType
	section elf.SectionType
	align   uint64
	data    []byte
}

// bytes lays the file out: header, program headers, parts, section names, section headers. One writable segment maps it all.
func (s synthetic) bytes() []byte {
	ehsize, phsize := uint64(stdbinary.Size(elf.Header64{})), uint64(stdbinary.Size(elf.Prog64{}))
	if s.elf.Class == elf.ELFCLASS32 {
		ehsize, phsize = uint64(stdbinary.Size(elf.Header32{})), uint64(stdbinary.Size(elf.Prog32{}))
	}
	const maxProgs = 5
	content := ehsize + maxProgs*phsize
	var body bytes.Buffer
	place := func(data []byte, align uint64) uint64 {
		for (content+uint64(body.Len()))%align != 0 {
			body.WriteByte(0)
		}
		off := content + uint64(body.Len())
		body.Write(data)
		return off
	}

	var progs []elf.Prog64
	sections := []elf.Section64{{}}
	for _, p := range s.parts(place) {
		off := place(p.data, p.align)
		size := uint64(len(p.data))
		if p.prog != elf.PT_NULL {
			progs = append(progs, elf.Prog64{Type: uint32(p.prog), Off: off, Vaddr: loadAddr + off, Filesz: size, Memsz: size, Align: p.align})
		}
		if p.section != elf.SHT_NULL {
			sections = append(sections, elf.Section64{Name: 1, Type: uint32(p.section), Off: off, Size: size})
		}
	}
	names := []byte("\x00.test\x00")
	sections = append(sections, elf.Section64{Name: 1, Type: uint32(elf.SHT_STRTAB), Off: place(names, 1), Size: uint64(len(names))})
	shoff := place(nil, 8)
	progs = append(progs, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Vaddr: loadAddr, Filesz: shoff, Memsz: shoff})

	var file bytes.Buffer
	s.writeHeader(&file, len(progs), len(sections), ehsize, shoff)
	for _, p := range progs {
		s.writeProg(&file, p)
	}
	file.Write(make([]byte, content-uint64(file.Len())))
	file.Write(body.Bytes())
	for _, sec := range sections {
		s.writeSection(&file, sec)
	}
	return file.Bytes()
}

func (s synthetic) order() stdbinary.ByteOrder {
	if s.elf.Data == elf.ELFDATA2MSB {
		return stdbinary.BigEndian
	}
	return stdbinary.LittleEndian
}

func (s synthetic) appender() stdbinary.AppendByteOrder {
	if s.elf.Data == elf.ELFDATA2MSB {
		return stdbinary.BigEndian
	}
	return stdbinary.LittleEndian
}

func (s synthetic) parts(place func([]byte, uint64) uint64) []part {
	var parts []part
	if s.interp != "" {
		parts = append(parts, part{prog: elf.PT_INTERP, align: 1, data: []byte(s.interp + "\x00")})
	}
	if s.needed != nil {
		parts = append(parts, part{prog: elf.PT_DYNAMIC, align: 8, data: s.dynamic(place)})
	}
	if s.notes != nil {
		parts = append(parts, part{prog: elf.PT_NOTE, align: 4, data: s.notes})
	}
	if s.attributes != nil {
		parts = append(parts, part{section: 0x70000003, align: 1, data: s.attributes})
	}
	if s.goVersion != "" {
		parts = append(parts, part{align: 16, data: s.buildInfo()})
	}
	return parts
}

func (s synthetic) dynamic(place func([]byte, uint64) uint64) []byte {
	names := []byte{0}
	var entries []uint64
	for _, n := range s.needed {
		entries = append(entries, uint64(elf.DT_NEEDED), uint64(len(names)))
		names = append(names, n+"\x00"...)
	}
	entries = append(entries, uint64(elf.DT_STRTAB), loadAddr+place(names, 1), uint64(elf.DT_NULL), 0)
	var out bytes.Buffer
	for _, e := range entries {
		if s.elf.Class == elf.ELFCLASS32 {
			stdbinary.Write(&out, s.order(), uint32(e))
		} else {
			stdbinary.Write(&out, s.order(), e)
		}
	}
	return out.Bytes()
}

// buildInfo is the inline form that cmd/link writes since Go 1.18.
func (s synthetic) buildInfo() []byte {
	blob := make([]byte, 32)
	copy(blob, "\xff Go buildinf:")
	blob[15] = 2
	framed := s.modinfo
	if framed != "" {
		framed = "0123456789abcdef" + framed + "0123456789abcdef"
	}
	for _, str := range []string{s.goVersion, framed} {
		blob = stdbinary.AppendUvarint(blob, uint64(len(str)))
		blob = append(blob, str...)
	}
	// debug/buildinfo wants to read a whole varint even where one byte is enough.
	return append(blob, make([]byte, stdbinary.MaxVarintLen64)...)
}

func (s synthetic) writeHeader(out *bytes.Buffer, progs, sections int, ehsize, shoff uint64) {
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(s.elf.Class), byte(s.elf.Data), byte(elf.EV_CURRENT), byte(s.osabi)}
	h := elf.Header64{
		Ident: ident, Type: uint16(s.typ), Machine: uint16(s.elf.Machine), Version: uint32(elf.EV_CURRENT), Flags: s.flags,
		Phoff: ehsize, Phnum: uint16(progs), Phentsize: uint16(stdbinary.Size(elf.Prog64{})),
		Shoff: shoff, Shnum: uint16(sections), Shentsize: uint16(stdbinary.Size(elf.Section64{})), Shstrndx: uint16(sections - 1),
	}
	if s.elf.Class == elf.ELFCLASS64 {
		stdbinary.Write(out, s.order(), h)
		return
	}
	stdbinary.Write(out, s.order(), elf.Header32{
		Ident: ident, Type: h.Type, Machine: h.Machine, Version: h.Version, Flags: h.Flags,
		Phoff: uint32(h.Phoff), Phnum: h.Phnum, Phentsize: uint16(stdbinary.Size(elf.Prog32{})),
		Shoff: uint32(h.Shoff), Shnum: h.Shnum, Shentsize: uint16(stdbinary.Size(elf.Section32{})), Shstrndx: h.Shstrndx,
	})
}

func (s synthetic) writeProg(out *bytes.Buffer, p elf.Prog64) {
	if s.elf.Class == elf.ELFCLASS64 {
		stdbinary.Write(out, s.order(), p)
		return
	}
	stdbinary.Write(out, s.order(), elf.Prog32{
		Type: p.Type, Flags: p.Flags, Off: uint32(p.Off), Vaddr: uint32(p.Vaddr),
		Filesz: uint32(p.Filesz), Memsz: uint32(p.Memsz), Align: uint32(p.Align),
	})
}

func (s synthetic) writeSection(out *bytes.Buffer, sec elf.Section64) {
	if s.elf.Class == elf.ELFCLASS64 {
		stdbinary.Write(out, s.order(), sec)
		return
	}
	stdbinary.Write(out, s.order(), elf.Section32{
		Name: sec.Name, Type: sec.Type, Flags: uint32(sec.Flags), Off: uint32(sec.Off), Size: uint32(sec.Size),
	})
}

// note encodes one note with fields filled up to 4 bytes.
func (s synthetic) note(name string, typ uint32, value string) []byte {
	out := s.appender().AppendUint32(nil, uint32(len(name)))
	out = s.appender().AppendUint32(out, uint32(len(value)))
	out = s.appender().AppendUint32(out, typ)
	for _, field := range []string{name, value} {
		out = append(out, field...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}
