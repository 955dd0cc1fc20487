package binary

import (
	"debug/elf"
	"fmt"
	"io"

	"github.com/modship-build/modship/internal/target"
)

// Dynamic is what the dynamic loader goes by in an executable or a shared library (System V ABI, "Dynamic Linking"; symbol
// versions: Linux Standard Base Core, "Symbol Versioning"). A static executable has none of it but ELF, OSABI and Type.
type Dynamic struct {
	// ELF is the processor it is for, and OSABI the operating system.
	ELF   target.ELF
	OSABI elf.OSABI
	// Type is ET_DYN for a shared library, ET_DYN or ET_EXEC for an executable.
	Type elf.Type
	// Interpreter is the path of the dynamic loader (PT_INTERP), or "".
	Interpreter string
	// Soname is the library's own name (DT_SONAME), or "".
	Soname string
	// Needed lists the libraries it asks the loader for (DT_NEEDED), in its order.
	Needed []string
	// Rpath and Runpath are where to look for them, separated by colons and with their $ORIGIN.
	Rpath, Runpath string
	// NoDefaultLib says that they must not come from the loader's own directories (DF_1_NODEFLIB).
	NoDefaultLib bool
	// Requires lists the symbol versions that it must find (DT_VERNEED).
	Requires []Requirement
	// Versioned says that it defines symbol versions (DT_VERDEF), and Provides names them, without the base version that
	// repeats the library's name.
	Versioned bool
	Provides  []string
}

// Requirement is what an object requires of one library.
type Requirement struct {
	// File is the library by the name under which it is needed, its soname when the object was linked.
	File string
	// Versions must be there, in the order of the file; Weak may be missing.
	Versions, Weak []string
}

// ReadDynamic reads an executable or shared library as the kernel and the loader do, by its program headers: what sections
// it has, or none, is the same to it.
//
// The error wraps [ErrNotELF] or [ErrMalformed], or is the first error of r.
func ReadDynamic(r io.ReaderAt) (*Dynamic, error) {
	in := &reader{r: r, left: maxTotal}
	d, err := readDynamic(in)
	if in.err != nil {
		return nil, fmt.Errorf("reading ELF file: %w", in.err)
	}
	return d, err
}

// openELF reads the headers of a program for debug/elf, which looks at no section.
func openELF(r *reader) (*elf.File, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if err := h.checkProgs(); err != nil {
		return nil, err
	}
	file, err := contained(func() (*elf.File, error) { return elf.NewFile(withoutSections{r, h.class}) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return file, nil
}

func readDynamic(r *reader) (*Dynamic, error) {
	file, err := openELF(r)
	if err != nil {
		return nil, err
	}
	d := &Dynamic{
		ELF:   target.ELF{Class: file.Class, Data: file.Data, Machine: file.Machine},
		OSABI: file.OSABI,
		Type:  file.Type,
	}
	if d.Interpreter, err = readInterpreter(file); err != nil {
		return nil, err
	}
	return d, d.readTable(file)
}

func (d *Dynamic) readTable(file *elf.File) error {
	table, err := readDynamicTable(file)
	if err != nil {
		return err
	}
	if d.Needed, err = table.needed(); err != nil {
		return err
	}
	for tag, text := range map[elf.DynTag]*string{elf.DT_SONAME: &d.Soname, elf.DT_RPATH: &d.Rpath, elf.DT_RUNPATH: &d.Runpath} {
		if *text, err = table.text(tag); err != nil {
			return fmt.Errorf("reading %v: %w", tag, err)
		}
	}
	flags, _ := table.value(elf.DT_FLAGS_1)
	d.NoDefaultLib = elf.DynFlag1(flags)&elf.DF_1_NODEFLIB != 0
	if d.Requires, err = table.requires(); err != nil {
		return fmt.Errorf("reading required versions: %w", err)
	}
	if _, d.Versioned = table.value(elf.DT_VERDEF); d.Versioned {
		if d.Provides, err = table.provides(); err != nil {
			return fmt.Errorf("reading provided versions: %w", err)
		}
	}
	return nil
}

// text gives the string of a tag, "" if there is no such tag.
func (t *dynamicTable) text(tag elf.DynTag) (string, error) {
	off, ok := t.value(tag)
	if !ok {
		return "", nil
	}
	return stringAt(t.file, t.names+off)
}

// withoutSections hides the section headers, which no loader reads: a stripped file may name a table that is not there.
type withoutSections struct {
	r     io.ReaderAt
	class elf.Class
}

func (w withoutSections) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.r.ReadAt(p, off)
	for at := off; at < min(off+int64(n), 64); at++ {
		if w.hides(at) {
			p[at-off] = 0
		}
	}
	return n, err
}

// hides says whether a byte of Header32 or Header64 belongs to e_shoff, e_shentsize, e_shnum or e_shstrndx.
func (w withoutSections) hides(at int64) bool {
	if w.class == elf.ELFCLASS32 {
		return 32 <= at && at < 36 || 46 <= at && at < 52
	}
	return 40 <= at && at < 48 || 58 <= at
}
