// Package cgofacts says whether there is C in a Go program, and what that means for it.
//
// No single trace of C is one to rely on: build settings say what was allowed and not what was linked, a strip takes the symbols
// away, a position-independent program names a dynamic loader without having any C, and libraries can be called without cgo. So
// every trace is a [Witness] that is asked and shown, and the [Verdict] follows from them by the rules of [Facts.judge]. Where they do
// not suffice it is [Unknown].
//
// Programs are not trusted: sizes they state are limited, and what is searched is read as a stream.
package cgofacts

import (
	"errors"
	"fmt"
	"io"

	"github.com/modship-build/modship/internal/binary"
)

// Facts is what is known of one program.
type Facts struct {
	Verdict Verdict `json:"verdict"`
	// Reason says in a sentence what the verdict follows from.
	Reason    string    `json:"reason"`
	Witnesses []Witness `json:"witnesses"`
	// Go is what the Go toolchain left in the program, nil if it left nothing.
	Go *Go `json:"go,omitempty"`
	// Machine is the architecture as GOARCH has it, or as ELF names it.
	Machine string `json:"machine"`
	Link    Link   `json:"link"`
	// Libc is the C library that it is linked with, nil if it is none or cannot be told.
	Libc *Libc `json:"libc,omitempty"`
	// Packed is the packer that has hidden the program, nil if there is none. What the file then says of linking, of libraries and of
	// hardening is of the packer's program, so that these are not known.
	Packed *Packed `json:"packed,omitempty"`
	// Stripped says that it has no table of symbols; NoDebug that it has no DWARF.
	Stripped bool `json:"stripped"`
	NoDebug  bool `json:"noDebug"`
	// Calls are the C functions that Go code calls through cgo, by the package that calls them.
	Calls []Call `json:"calls,omitempty"`
	// Imports are the symbols that it takes from shared libraries.
	Imports []string `json:"imports,omitempty"`
	// Exports are Go functions that C can call.
	Exports []string `json:"exports,omitempty"`
	// Risks are the C functions of it that matter, by class and name.
	Risks []Risk `json:"risks,omitempty"`
	// Opens are libraries that it opens when it runs, as far as that can be told.
	Opens []Dlopen `json:"opens,omitempty"`
	// Embedded are C libraries that seem to be inside.
	Embedded []Embedded `json:"embedded,omitempty"`
	// Hardening is nil if it is not known.
	Hardening *Hardening `json:"hardening,omitempty"`
	// FIPS is nil if the program says nothing of it.
	FIPS *FIPS `json:"fips,omitempty"`

	// build is what internal/binary reads.
	build   *binary.Facts
	names   goNames
	symbols symbols
}

// Build is what package binary reads of the program.
func (f *Facts) Build() *binary.Facts { return f.build }

// Go is what the Go toolchain says of a program.
type Go struct {
	// Version is "" if only other traces of Go are there.
	Version string `json:"version,omitempty"`
	Path    string `json:"path,omitempty"`
	Module  string `json:"module,omitempty"`
	// ModuleVersion is that of the main module, "" if it is not known.
	ModuleVersion string `json:"moduleVersion,omitempty"`
	// Test says that it is what go test -c makes.
	Test     bool              `json:"test,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// Read looks at a program of size bytes. The error wraps [binary.ErrNotELF] or [binary.ErrMalformed], or is one of r.
func Read(r io.ReaderAt, size int64) (*Facts, error) {
	build, err := binary.Read(r)
	if err != nil && !errors.Is(err, binary.ErrNoBuildInfo) {
		return nil, err
	}
	file, err := binary.Open(r)
	if err != nil {
		return nil, err
	}
	dynamic, err := binary.ReadDynamic(r)
	if err != nil {
		return nil, err
	}
	p := &program{r: r, size: size, file: file}
	f := &Facts{build: build, Machine: machine(build)}
	if f.Imports, err = binary.Imports(r); err != nil {
		return nil, err
	}
	if f.Packed, err = p.packed(); err != nil {
		return nil, fmt.Errorf("looking for a packer: %w", err)
	}
	if f.Packed != nil {
		f.hidden()
		return f, nil
	}
	if f.names, err = p.goNames(); err != nil {
		return nil, fmt.Errorf("reading the names of functions: %w", err)
	}
	if f.symbols, err = p.symbols(); err != nil {
		return nil, fmt.Errorf("reading symbols: %w", err)
	}
	f.Stripped, f.NoDebug = !f.symbols.found, file.Section(".debug_info") == nil && file.Section(".zdebug_info") == nil
	f.Calls = f.names.calls
	f.Link = link(p, dynamic)
	f.Go = f.goFacts()
	f.Libc = f.libc(p, dynamic)
	f.Witnesses = f.ask(p)
	f.judge()
	f.Exports, f.Risks, f.FIPS, f.Hardening = f.names.exports, f.risks(), f.fips(), f.hardening(p)
	if f.Verdict == None || f.Verdict == NotGo {
		return f, nil
	}
	found, err := p.texts()
	if err != nil {
		return nil, fmt.Errorf("looking for texts: %w", err)
	}
	f.Embedded, f.Opens = found.list(), f.dlopen(p, found)
	return f, nil
}

// hidden is what is known of a packed program.
func (f *Facts) hidden() {
	f.Imports, f.Stripped, f.NoDebug = nil, true, true
	for _, name := range witnesses {
		f.Witnesses = append(f.Witnesses, Witness{Name: name, Says: SaysNothing, Detail: "the packer hides it"})
	}
	f.judge()
}

func machine(build *binary.Facts) string {
	if goarch, ok := build.ELF.Arch(); ok {
		return goarch
	}
	return build.ELF.Machine.String()
}

func (f *Facts) goFacts() *Go {
	if f.build.GoVersion == "" && f.build.BuildID == "" && !f.names.genuine {
		return nil
	}
	g := &Go{
		Version: f.build.GoVersion, Path: f.build.Path, Settings: f.build.Settings,
		Module: f.build.Module.Path, ModuleVersion: f.build.Module.Version,
	}
	g.Test = isTest(f.build.Path) || f.names.test
	if g.ModuleVersion == "(devel)" {
		g.ModuleVersion = ""
	}
	return g
}
