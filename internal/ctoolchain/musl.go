package ctoolchain

import (
	"fmt"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/target"
)

// debianMusl is Debian's cross compiler with Debian's musl, for which there are no other libraries, not even that of C++.
var debianMusl = Provider{
	Kind: GCC, Libc: Musl, Origin: debianOrigin, Compiler: muslCompiler, Check: checkMusl, Files: muslFiles,
	Help: Help{
		Missing:  "Debian has it for glibc at best; use cgo: {libc: glibc, packages: {build: [PACKAGE]}}, or a builder.image that has it for musl",
		Symbols:  "to be built for musl, in a builder.image: Debian has libraries for glibc alone",
		Packages: true,
	},
}

func muslCompiler(j Job) (Tools, Needs, error) {
	c := debianTarget(j.Target)
	if c.arch == "" {
		return Tools{}, Needs{}, fmt.Errorf("no C libraries of Debian for %s", j.Target)
	}
	tools := Tools{CC: c.muslCC(), AR: c.triple + "-ar", PkgConfig: "/usr/lib/" + c.musl + "/pkgconfig"}
	return tools, j.install(c, "gcc"+c.suffix(j.Build), "musl-dev:"+c.arch), nil
}

func checkMusl(s Settings, uses []Use) []Problem {
	var problems []Problem
	packages := len(s.Packages.Build)+len(s.Packages.Runtime) > 0
	help := "use libc: glibc"
	if !packages {
		help += ", or compiler: zig with zig: {image: REFERENCE}"
	}
	for _, u := range uses {
		switch {
		case u.CXX:
			problems = append(problems, Problem{"cgo.libc", u.ImportPath, fmt.Sprintf("%s has C++, and Debian has no C++ library for musl", u), help})
		case len(u.PkgConfig) > 0:
			problems = append(problems, Problem{"cgo.libc", u.ImportPath,
				fmt.Sprintf("%s needs %s, which Debian has for glibc only", u, strings.Join(u.PkgConfig, ", ")),
				"use libc: glibc, or a builder.image with that library for musl"})
		}
	}
	if packages {
		problems = append(problems, Problem{"cgo.packages", "", "Debian's packages are built for glibc and cannot be linked with musl", "use libc: glibc"})
	}
	return problems
}

// muslFiles make the compiler for musl of the one for glibc.
func muslFiles(t target.Target) map[string]string {
	c := debianTarget(t)
	specs := path.Join("/usr/local/lib", c.muslCC()+".specs")
	return map[string]string{path.Join("/usr/local/bin", c.muslCC()): c.muslScript(specs), specs: c.muslSpecs()}
}

func (c debianNames) muslCC() string { return c.musl + "-gcc" }

// muslScript gives the script that is the compiler, like that of Debian's musl-tools, which is there for the machine's own architecture
// only. It is no flag in CC, because cmd/link asks the compiler which flags it has without those of CC. It reads muslSpecs at the path
// specs.
func (c debianNames) muslScript(specs string) string {
	return "#!/bin/sh\nexec " + c.triple + "-gcc \"$@\" -specs /usr/lib/" + c.musl + "/musl-gcc.specs -specs " + specs + "\n"
}

// muslSpecs gives what the specs file of musl lacks (musl, tools/musl-gcc.specs.sh): it takes -static-pie for a program with shared
// libraries. What is not about -static-pie is as it is there.
func (c debianNames) muslSpecs() string {
	return strings.NewReplacer("LIB", "/usr/lib/"+c.musl, "LOADER", c.muslLoader).Replace(muslSpecs)
}

const muslSpecs = `*startfile:
%{static-pie: LIB/rcrt1.o; !shared: LIB/Scrt1.o} LIB/crti.o crtbeginS.o%s

*link:
%{static-pie: -static -pie --no-dynamic-linker -z text; : -dynamic-linker LOADER} -nostdlib %{shared:-shared} %{static:-static} %{rdynamic:-export-dynamic}

`
