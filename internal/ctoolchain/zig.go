package ctoolchain

import (
	"fmt"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// zig is a compiler that brings the C libraries, and no others, in source code. It is alone in its root. Without a map, what of it is in
// programs is what it links by its own rules; of glibc that is what a program has inside.
func zig(libc Libc) Provider {
	return Provider{
		Kind: Zig, Libc: libc, Origin: zigOrigin, Compiler: zigCompiler, Conflicts: zigConflicts, Check: checkZig,
		Env: []string{"ZIG_GLOBAL_CACHE_DIR=" + Cache, "ZIG_LOCAL_CACHE_DIR=" + LocalCache}, Version: []string{"version"}, Warm: warmZig,
		NoMap: true, Strip: true,
		Help:      Help{Missing: "zig brings no libraries but those of C and C++; use cgo: {compiler: gcc, packages: {build: [PACKAGE]}}, or a builder.image that has it in place of zig"},
		Brings:    []string{"compiler-rt", map[Libc]string{Glibc: "libc_nonshared of glibc", Musl: "musl"}[libc]},
		BringsCXX: []string{"libc++", "libc++abi", "libunwind"},
	}
}

// zigCPUs are zig's names for the architectures that it has C libraries for.
var zigCPUs = map[string]string{
	"386": "x86", "amd64": "x86_64", "arm": "arm", "arm64": "aarch64", "ppc64le": "powerpc64le", "riscv64": "riscv64", "s390x": "s390x",
}

// zigARM are the ABI and the processor of the levels of 32-bit ARM.
var zigARM = map[string]struct{ abi, cpu string }{
	"5": {"eabi", "arm926ej_s"}, "6": {"eabihf", "arm1176jzf_s"}, "7": {"eabihf", "generic+v7a"},
}

func zigConflicts(s Settings, builder bool) []Conflict {
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

func zigOrigin(s Settings, _ string) Origin {
	return Origin{Image: s.Zig.Image, Key: "cgo.zig.image", Program: "zig"}
}

// zigCompiler: cgo.glibc is the oldest glibc that the program is to run with, by default the oldest that zig has.
func zigCompiler(j Job) (Tools, Needs, error) {
	cpu, libc, abi, flag := zigCPUs[j.Target.Arch], "gnu", "", ""
	if j.Target.Arch == "arm" {
		arm := zigARM[target.CanonicalLevel("arm", j.Target.Level)]
		abi, flag = arm.abi, " -mcpu="+arm.cpu
	}
	switch musl := j.Settings.Libc == string(Musl); {
	case cpu == "":
		return Tools{}, Needs{}, fmt.Errorf("zig has no C library for %s", j.Target)
	case musl:
		libc = "musl"
	case j.Scratch:
		return Tools{}, Needs{}, &diag.Error{Msg: "zig brings no glibc that an image on scratch could get",
			Help: "set image.base to an image with glibc, or use libc: musl without glibc, or compiler: gcc without zig and glibc"}
	case j.Settings.Glibc != "":
		abi += "." + j.Settings.Glibc
	}
	needs := Needs{}
	if j.Settings.Zig.Image == "" {
		needs.Archive, needs.Digest = j.Settings.Zig.URL, j.Settings.Zig.Digest
	}
	command, flags := path.Join(Dir, "zig"), fmt.Sprintf(" -target %s-linux-%s%s%s", cpu, libc, abi, flag)
	return Tools{CC: command + " cc" + flags, CXX: command + " c++" + flags, AR: command + " ar"}, needs, nil
}

// checkZig refuses what needs libraries: there is no pkg-config either.
func checkZig(_ Settings, uses []Use) []Problem {
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

// warmZig gives the flags of all that a build links: zig has a library for each of these ways, by how it optimises, whether the
// code is to move and whether there are symbols. They are those of cmd/link's question for a flag (trySupportedFlag), of cmd/cgo's
// question for imports (-dynimport) and of the program itself; a build that links otherwise has zig build another library.
func warmZig(source string, libc Libc, strip bool) [][]string {
	program := strings.TrimSuffix(source, path.Ext(source))
	object := program + ".o"
	last := []string{"-o", program, object, "-O2", "-g"}
	if libc == Musl {
		last = append(last, "-static")
	}
	if strip {
		last = append(last, "-s")
	}
	return [][]string{
		{"-O2", "-g", "-o", program, source},
		{"-c", "-fPIC", "-O2", "-g", "-o", object, source},
		{"-fPIC", "-o", program, object, "-O2", "-g"},
		last,
	}
}
