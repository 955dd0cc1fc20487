package plan

import (
	"maps"
	"slices"

	"github.com/modship-build/modship/internal/defaults"
)

// BuildFlags are the flags of `go build` for all packages of one image, beside those that name tags, a profile and the way to modules.
// What compiles dependencies and what compiles the module's own packages must be told the same, or everything is compiled twice.
func (p *Plan) BuildFlags(img Image) []string {
	flags := []string{"-trimpath", "-buildvcs=false"} // what is known of the commit is no input of packages
	if leavesOutDWARF(p.Flags.LDFlags) {
		// The compiler spends a ninth of its time on what the link leaves out, and a fifth of its output.
		flags = append(flags, "-gcflags=all=-dwarf=false")
	}
	if img.Cgo != nil && img.Cgo.PIE {
		flags = append(flags, "-buildmode=pie")
	}
	return flags
}

// leavesOutDWARF tells whether flags of the linker have it leave out what debuggers read.
func leavesOutDWARF(ldflags []string) bool {
	return slices.ContainsFunc(ldflags, func(f string) bool { return f == "-w" || f == "-s" })
}

// LinkFlags are the linker flags of one program of an image, one per element: those of the configuration, then its variables in the order of
// their names. With C it is the linker of C that makes the program, also where Go's own could: it knows the C library's start code.
func (p *Plan) LinkFlags(img Image, m Main) []string {
	flags := slices.Clone(p.Flags.LDFlags)
	stamp := img.Stamp
	if m.ImportPath != p.Main.ImportPath {
		stamp = img.StampBeside[m.ImportPath]
	}
	for _, name := range slices.Sorted(maps.Keys(stamp)) {
		flags = append(flags, "-X="+name+"="+stamp[name])
	}
	if img.Cgo != nil {
		flags = append(flags, "-linkmode=external")
	}
	return flags
}

// ExternalFlags are flags of one image for the linker of C, one per element.
func (p *Plan) ExternalFlags(img Image) []string {
	c := img.Cgo
	if c == nil {
		return nil
	}
	var flags []string
	switch {
	case c.Link == LinkStatic && c.PIE:
		flags = append(flags, "-static-pie")
	case c.Link == LinkStatic:
		flags = append(flags, "-static")
	}
	if c.Toolchain().Strip && slices.Contains(p.Flags.LDFlags, "-s") {
		flags = append(flags, "-s")
	}
	return flags
}

// CFlags are the flags of the compilers and of the linker of C by their languages, as the variables of cmd/go are called: CGO_CFLAGS and
// so on.
type CFlags struct{ C, CPP, CXX, Fortran, LD []string }

// Flags are the configuration's, behind the defaults.
func (c *Cgo) Flags() CFlags {
	with := func(flags []string) []string { return slices.Concat(defaults.CFlags(), flags) }
	return CFlags{C: with(c.CFlags), CPP: c.CPPFlags, CXX: with(c.CXXFlags), Fortran: with(nil), LD: with(c.LDFlags)}
}
