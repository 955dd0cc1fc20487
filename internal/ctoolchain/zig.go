package ctoolchain

import (
	"fmt"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// zig is a compiler that brings the C libraries, and no others, in source code. It is alone in its root.
type zig struct{ common }

// zigCPUs are zig's names for the architectures that it has C libraries for.
var zigCPUs = map[string]string{
	"386": "x86", "amd64": "x86_64", "arm": "arm", "arm64": "aarch64", "ppc64le": "powerpc64le", "riscv64": "riscv64", "s390x": "s390x",
}

// zigARM are the ABI and the processor of the levels of 32-bit ARM.
var zigARM = map[string]struct{ abi, cpu string }{
	"5": {"eabi", "arm926ej_s"}, "6": {"eabihf", "arm1176jzf_s"}, "7": {"eabihf", "generic+v7a"},
}

// Conflicts is as in [Provider].
func (z zig) Conflicts(s Settings, builder bool) []Conflict {
	chosen, musl, packages := s.Compiler == string(Zig), s.Libc == string(Musl), len(s.Packages.Build)+len(s.Packages.Runtime) > 0
	andRemoveGlibc := ""
	if s.Glibc != "" {
		andRemoveGlibc = ", and remove glibc"
	}
	return broken([]rule{
		{s.Glibc != "" && (!chosen || musl), Conflict{"glibc", "only zig knows older versions of glibc",
			"add compiler: zig with zig: {image: REFERENCE}, and libc: glibc; or remove glibc"}},
		{chosen && packages, Conflict{"packages", "Debian's packages are not for zig", "use compiler: gcc, and remove zig"}},
		{chosen && !musl && s.Link == "static", Conflict{"link", "zig cannot link glibc statically", "use libc: musl" + andRemoveGlibc}},
		{chosen && musl && s.Link == "dynamic", Conflict{"link", "zig links musl statically",
			"use link: static, or compiler: gcc and remove zig"}},
		{chosen && builder, Conflict{"compiler", "builder.image has the C compiler", "remove builder.image, or compiler and zig"}},
		{chosen && s.Zig.Image == "" && (s.Zig.URL == "" || s.Zig.Digest == ""), Conflict{"compiler", "zig comes from nowhere",
			"add zig: {image: REFERENCE} or zig: {url: https://…, digest: sha256:…}"}},
		{!chosen && s.Zig != ZigSource{}, Conflict{"zig", "zig is not the compiler", "add compiler: zig, or remove zig"}},
	})
}

// Origin is as in [Provider].
func (zig) Origin(s Settings, _ string) Origin {
	return Origin{Image: s.Zig.Image, Key: "cgo.zig.image", Program: "zig"}
}

// Compiler is as in [Provider]. cgo.glibc is the oldest glibc that the program is to run with, by default the oldest that zig has.
func (z zig) Compiler(j Job) (Tools, Needs, error) {
	cpu, abi, flag := zigCPUs[j.Target.Arch], "", ""
	if j.Target.Arch == "arm" {
		arm := zigARM[target.CanonicalLevel("arm", j.Target.Level)]
		abi, flag = arm.abi, " -mcpu="+arm.cpu
	}
	switch {
	case cpu == "":
		return Tools{}, Needs{}, fmt.Errorf("zig has no C library for %s", j.Target)
	case z.libc == Glibc && j.Scratch:
		return Tools{}, Needs{}, &diag.Error{Msg: "zig brings no glibc that an image on scratch could get",
			Help: "set image.base to an image with glibc, or use libc: musl without glibc, or compiler: gcc without zig and glibc"}
	}
	triple := cpu + "-linux-musl" + abi
	if z.libc == Glibc {
		triple = cpu + "-linux-gnu" + abi
		if j.Settings.Glibc != "" {
			triple += "." + j.Settings.Glibc
		}
	}
	flags := " -target " + triple + flag
	command := path.Join(Dir, "zig")
	needs := Needs{}
	if j.Settings.Zig.Image == "" {
		needs.Archive, needs.Digest = j.Settings.Zig.URL, j.Settings.Zig.Digest
	}
	return Tools{CC: command + " cc" + flags, CXX: command + " c++" + flags, AR: command + " ar"}, needs, nil
}

// Check refuses what needs libraries: there is no pkg-config either.
func (zig) Check(_ Settings, uses []Use) []Problem {
	var problems []Problem
	for _, u := range uses {
		if len(u.PkgConfig) > 0 {
			problems = append(problems, Problem{"cgo.compiler", u.ImportPath,
				fmt.Sprintf("%s needs %s, and zig brings no libraries but those of C and C++", u, strings.Join(u.PkgConfig, ", ")),
				"use cgo: {compiler: gcc, packages: {build: [PACKAGE]}}, or a builder.image with that library in place of zig"})
		}
	}
	return problems
}

// Warm gives the flags of all that a build links: zig has a library for each of these ways, by how it optimises, whether the
// code is to move and whether there are symbols. They are those of cmd/link's question for a flag (trySupportedFlag), of cmd/cgo's
// question for imports (-dynimport) and of the program itself; a build that links otherwise has zig build another library.
func (z zig) Warm(source string, strip bool) [][]string {
	program := strings.TrimSuffix(source, path.Ext(source))
	object := program + ".o"
	last := []string{"-o", program, object, "-O2", "-g"}
	if z.libc == Musl {
		last = append(last, "-static")
	}
	return [][]string{
		{"-O2", "-g", "-o", program, source},
		{"-c", "-fPIC", "-O2", "-g", "-o", object, source},
		{"-fPIC", "-o", program, object, "-O2", "-g"},
		append(last, z.LinkFlags("", strip)...),
	}
}

// Version is as in [Provider].
func (zig) Version(t Tools) []string {
	command, _, _ := strings.Cut(t.CC, " ")
	return []string{command, "version"}
}

// Env says where zig keeps what it builds.
func (zig) Env(temp string) []string {
	return []string{"ZIG_GLOBAL_CACHE_DIR=" + Cache, "ZIG_LOCAL_CACHE_DIR=" + path.Join(temp, "zig")}
}

// LinkFlags is as in [Provider]: zig's linker writes no map, and cmd/link's own -s stands before the -g of CGO_LDFLAGS, which undoes it.
func (zig) LinkFlags(_ string, strip bool) []string {
	if strip {
		return []string{"-s"}
	}
	return nil
}

// Help is as in [Provider].
func (zig) Help() Help {
	return Help{Missing: "zig brings no libraries but those of C and C++; use cgo: {compiler: gcc, packages: {build: [PACKAGE]}}, or a builder.image that has it in place of zig"}
}

// Brings is as in [Provider]: without a map, they are those that zig links by its own rules; of glibc that is what a program has inside.
func (z zig) Brings(cxx bool) []string {
	files := []string{"compiler-rt"}
	if z.libc == Musl {
		files = append(files, "musl")
	} else {
		files = append(files, "libc_nonshared of glibc")
	}
	if cxx {
		files = append(files, "libc++", "libc++abi", "libunwind")
	}
	return files
}
