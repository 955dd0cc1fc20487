package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// CheckCgo refuses what would fail in the compiler with less to go by, on every platform.
func (a *Analyzed) CheckCgo(in Input) error {
	m := cgoMistakes{in: in, told: map[string]bool{}}
	for _, img := range a.Images {
		m.withoutC(img)
		if img.Cgo == nil {
			continue
		}
		m.otherPrograms(img.Cgo)
		m.native(a, img)
		m.muslTag(img.Cgo)
		m.runtimePackages(a.Runtime.Base)
		m.provider(img.Cgo)
	}
	return m.list.Err()
}

// cgoMistakes collects mistakes, each once however many platforms it is made on.
type cgoMistakes struct {
	in   Input
	told map[string]bool
	list diag.List
}

// add reports what is wrong with a package at a key of the configuration; "" stands for no package. The way to a package differs from
// platform to platform, so it takes no part in what counts as the same mistake.
func (m *cgoMistakes) add(key, importPath, help, format string, args ...any) {
	m.addAt(m.in.At(key), importPath, help, format, args...)
}

func (m *cgoMistakes) addAt(at diag.Range, importPath, help, format string, args ...any) {
	id := fmt.Sprint(at, importPath, format)
	if !m.told[id] {
		m.told[id] = true
		m.list.Addf(at, format, args...).Help = help
	}
}

// withoutC refuses what cannot be linked without C. What can, but does not work, is a warning.
func (m *cgoMistakes) withoutC(img Image) {
	for _, u := range img.WithoutC {
		for _, imp := range u.Std {
			if imp.Path == ctoolchain.RuntimeCgo {
				help := "remove cgo: {enabled: off}"
				if !img.Target.IsLinux() {
					help = "build without the platform " + img.Target.String() + ": C is compiled for linux only"
				}
				if u.Own {
					help = "remove the import, or " + help
				}
				m.addAt(m.importAt(u, imp.Place), u.ImportPath, help,
					"%s imports runtime/cgo%s, and a program with it cannot be linked without C", u, elsewhere(u, imp.Place))
			}
		}
	}
}

// otherPrograms refuses sources that the go command would give to another program than the compilers that were chosen. SWIG is always
// one: its language has files included and, with CVE-2026-27140, programs run, whoever wrote it.
func (m *cgoMistakes) otherPrograms(c *Cgo) {
	for _, u := range c.Uses {
		if u.Swig != "" {
			m.addAt(m.fileAt(u, u.Swig), u.ImportPath, "run swig yourself, and keep the Go and C files that it makes in place of the file",
				"%s has %s for SWIG, which is not run", u, path.Base(u.Swig))
		}
		if u.Fortran != "" && c.Tools.FC == "" {
			m.addAt(m.fileAt(u, u.Fortran), u.ImportPath,
				"use cgo: {compiler: gcc, libc: glibc, packages: {build: [gfortran]}}, or a builder.image with gfortran",
				"%s has %s in Fortran, which %s for %s does not compile", u, path.Base(u.Fortran), c.Provider, c.Libc)
		}
	}
}

// fileAt is the beginning of a file of the build context, or where the configuration speaks of C.
func (m *cgoMistakes) fileAt(u ctoolchain.Use, file string) diag.Range {
	return m.importAt(u, ctoolchain.Place{File: file, Line: 1, Col: 1})
}

// native refuses flags that stand for the processor of the machine that builds.
func (m *cgoMistakes) native(a *Analyzed, img Image) {
	for _, u := range img.Cgo.Uses {
		for _, f := range u.Flags {
			if !ctoolchain.NativeFlag(f.Flag) {
				continue
			}
			help := "remove the flag"
			if named := namedProcessor(f.Flag, img.Target); named != "" {
				help = fmt.Sprintf("name a processor, such as %s, or remove the flag", named)
			}
			if !u.Own {
				help = "replace the module in go.mod by a copy without the flag"
				if a.OptionalC(img) {
					help += ", or set cgo: {enabled: off}, for which it has files"
				}
			}
			m.addAt(m.importAt(u, f.Place), u.ImportPath+f.Flag, help, "%s has %s in its #cgo lines%s: the program would depend on the machine that builds",
				u, f.Flag, elsewhere(u, f.Place))
		}
	}
}

// baseline are processors that compilers of C know for -march.
var baseline = map[string]string{"386": "i686", "amd64": "x86-64-v2", "arm64": "armv8-a", "riscv64": "rv64gc", "s390x": "z13"}

// namedProcessor is a flag that means the same on every machine, or "".
func namedProcessor(flag string, t target.Target) string {
	switch name, _, _ := strings.Cut(flag, "="); {
	case name == "-march" && baseline[t.Arch] != "":
		return name + "=" + baseline[t.Arch]
	case name == "-mtune" && (t.Arch == "amd64" || t.Arch == "386" || t.Arch == "arm64"), name == "-mcpu" && t.Arch == "arm64":
		return name + "=generic"
	}
	return ""
}

// importAt is a place in a file of the build context, or where the configuration speaks of C.
func (m *cgoMistakes) importAt(u ctoolchain.Use, at ctoolchain.Place) diag.Range {
	if !u.Own || at.Line == 0 {
		return m.in.At("cgo")
	}
	pos := diag.Pos{Line: at.Line, Col: at.Col}
	return diag.Range{File: at.File, Start: pos, End: pos}
}

// elsewhere names a place in a file that is not in the build context.
func elsewhere(u ctoolchain.Use, at ctoolchain.Place) string {
	if u.Own || at.Line == 0 {
		return ""
	}
	return " (" + at.String() + ")"
}

func (m *cgoMistakes) runtimePackages(base string) {
	if base != "" && len(m.in.Config.Cgo.Packages.Runtime) > 0 {
		m.add("cgo.packages.runtime", "", "install them in the base and remove the key, or remove image.base", "runtime packages are for images on scratch, and this one has a base")
	}
}

// provider refuses what packages ask for and the compiler does not have.
func (m *cgoMistakes) provider(c *Cgo) {
	for _, p := range problems(m.in, c.Toolchain(), c.Uses) {
		m.add(p.Key, p.Package, p.Help, "%s", p.Msg)
	}
}

func problems(in Input, toolchain ctoolchain.Provider, uses []ctoolchain.Use) []ctoolchain.Problem {
	if toolchain.Check == nil {
		return nil
	}
	return toolchain.Check(in.Config.Cgo, uses)
}

// muslTag refuses the tag musl with glibc where a package goes by it: it would link the wrong libraries.
func (m *cgoMistakes) muslTag(c *Cgo) {
	if c.Libc == ctoolchain.Musl || !slices.Contains(m.in.Config.Build.Tags, "musl") {
		return
	}
	help := "remove the tag"
	if len(problems(m.in, ctoolchain.Of(c.Provider, ctoolchain.Musl), c.Uses)) == 0 {
		help = "use cgo: {libc: musl}, which sets the tag, or " + help
	}
	for _, u := range c.Uses {
		if u.MuslTag {
			m.add("build.tags", u.ImportPath, help,
				"the tag musl has %s link libraries for musl, but the C library is %s", u, c.Libc)
		}
	}
}
