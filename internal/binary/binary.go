// Package binary reads the facts of an executable, and checks them against the platform that it is for: of an ELF file all that an image has
// to fit, of the formats of other systems what tells them apart.
//
// The facts are what the file itself says: the ELF header and the segments that the kernel and the dynamic loader go by, and
// what the Go linker left in it (debug/buildinfo, the build ID note). Sections, which a strip may remove and nothing needs for
// running, are read only where no segment holds the fact (.ARM.attributes).
//
// The file comes out of a build and is not trusted: every size it states is limited before it is used, and one call reads no
// more than a fixed number of bytes.
package binary

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"

	"github.com/modship-build/modship/internal/target"
)

var (
	// ErrNotELF says that the file does not begin like an ELF file.
	ErrNotELF = errors.New("not an ELF file")
	// ErrMalformed says that the file begins like an ELF file but cannot be one that Linux runs, or is beyond the limits.
	ErrMalformed = errors.New("malformed ELF file")
	// ErrNoBuildInfo says that an ELF file carries no Go build information.
	ErrNoBuildInfo = errors.New("no Go build information")
)

// Facts is what an executable says of itself.
type Facts struct {
	// Format is the form of the file, Arch the GOARCH of one that is no ELF file; its other facts of the file are then zero.
	Format target.Format
	Arch   string
	// ELF is the processor it is for, and OSABI the operating system: ELFOSABI_NONE or ELFOSABI_LINUX on Linux.
	ELF   target.ELF
	OSABI elf.OSABI
	// Type is ET_EXEC, or ET_DYN for a position-independent executable (and for a shared library).
	Type elf.Type
	// Flags is e_flags; its meaning depends on the machine.
	Flags uint32
	// ARM holds more about a 32-bit ARM executable.
	ARM ARM
	// Interpreter is the path of the dynamic loader (PT_INTERP), or "".
	Interpreter string
	// Needed lists the libraries it asks the loader for (DT_NEEDED), in its order.
	Needed []string
	// Static says that it has neither an interpreter nor needed libraries.
	Static bool

	// GoVersion is the toolchain's version ("go1.26.8", experiments after a space); "" means that there is no build information.
	GoVersion string
	// Path is the import path of the main package.
	Path string
	// Module is the main module; its version is "(devel)" when it was not stamped.
	Module Module
	// Deps are the modules that the program's other packages come from, in the linker's order: by path. A module of a workspace
	// or of a directory has the version "(devel)" or none. Those of the main module and of the standard library are not among them.
	Deps []Module
	// Settings are the build settings that `go version -m` prints: "GOARCH", "-tags", "vcs.revision", …
	Settings map[string]string
	// BuildID is Go's build ID (.note.go.buildid), or "" when it was linked with -buildid= or not by Go.
	BuildID string
}

// Module names one version of a module.
type Module struct {
	Path, Version string
	// Sum is the hash of its files as go.sum has it ("h1:…"), or "".
	Sum string
	// Replace is the module whose code is in the program instead, or nil. Its path is a directory's, and its version "(devel)" or
	// none, when a directory replaced it; the sum is then the replacement's and not here.
	Replace *Module
}

// Read gives the facts of the executable in r.
//
// The error wraps [ErrNotELF], [ErrMalformed], [ErrNoBuildInfo], or is the first error of r. With ErrNoBuildInfo the facts of
// the ELF file are returned beside the error.
func Read(r io.ReaderAt) (*Facts, error) {
	in := &reader{r: r, left: maxTotal}
	f, err := read(in)
	if in.err != nil {
		// What debug/elf and debug/buildinfo made of a failing reader says nothing about the file.
		return nil, fmt.Errorf("reading executable: %w", in.err)
	}
	return f, err
}

func read(r *reader) (*Facts, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if err := h.check(r); err != nil {
		return nil, err
	}
	file, err := contained(func() (*elf.File, error) { return elf.NewFile(r) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	f := &Facts{
		Format: target.FormatELF,
		ELF:    target.ELF{Class: file.Class, Data: file.Data, Machine: file.Machine},
		OSABI:  file.OSABI,
		Type:   file.Type,
		Flags:  h.flags,
		ARM:    readARM(file, h.flags),
	}
	if f.Interpreter, err = readInterpreter(file); err != nil {
		return nil, err
	}
	if f.Needed, err = readNeeded(file); err != nil {
		return nil, err
	}
	if f.BuildID, err = readBuildID(file); err != nil {
		return nil, err
	}
	f.Static = f.Interpreter == "" && len(f.Needed) == 0
	return f, f.readBuildInfo(r)
}

// contained turns a panic of read into an error: debug/elf and debug/buildinfo say of themselves that they are not hardened
// against hostile files.
func contained[T any](read func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parser panic: %v", p)
		}
	}()
	return read()
}
