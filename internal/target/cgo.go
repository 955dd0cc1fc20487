package target

import (
	"fmt"
	"strings"
)

// Libc is a C library.
type Libc string

// The C libraries of Linux that programs are linked with.
const (
	Glibc Libc = "glibc"
	Musl  Libc = "musl"
)

// C says how C toolchains and distributions call a target.
type C struct {
	// Debian is the architecture of Debian's packages, "" if Debian 12 has none: https://www.debian.org/ports.
	Debian string
	// Triple is that of Debian's compilers, and Multiarch the folder of the architecture's libraries and headers, which
	// differs for i386: https://wiki.debian.org/Multiarch/Tuples.
	Triple, Multiarch string
	// Musl is that folder for what Debian builds with musl.
	Musl string
	// Zig and ZigABI are the first and the last part of zig's name for the target; Zig is "" if zig has no libc for it.
	Zig, ZigABI string
	// GlibcLoader and MuslLoader are the paths of the dynamic loaders that programs name.
	GlibcLoader, MuslLoader string
}

// cRow is one row of the table; level is that of 32-bit ARM, the one architecture whose levels differ in their ABI.
type cRow struct {
	arch, level string
	c           C
}

// cTable has the targets that C can be compiled for.
var cTable = []cRow{
	{"386", "", C{"i386", "i686-linux-gnu", "i386-linux-gnu", "i386-linux-musl", "x86", "", "/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"}},
	{"amd64", "", gnu("amd64", "x86_64", "/lib64/ld-linux-x86-64.so.2")},
	{"arm", "5", C{"armel", "arm-linux-gnueabi", "arm-linux-gnueabi", "arm-linux-musleabi", "arm", "eabi", "/lib/ld-linux.so.3", "/lib/ld-musl-arm.so.1"}},
	// Debian's armhf is ARMv7, Raspbian's is not Debian's.
	{"arm", "6", C{"", "", "", "", "arm", "eabihf", "/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1"}},
	{"arm", "7", C{"armhf", "arm-linux-gnueabihf", "arm-linux-gnueabihf", "arm-linux-musleabihf", "arm", "eabihf", "/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1"}},
	{"arm64", "", gnu("arm64", "aarch64", "/lib/ld-linux-aarch64.so.1")},
	{"ppc64le", "", gnu("ppc64el", "powerpc64le", "/lib64/ld64.so.2")},
	{"riscv64", "", gnu("riscv64", "riscv64", "/lib/ld-linux-riscv64-lp64d.so.1")},
	{"s390x", "", gnu("s390x", "s390x", "/lib/ld64.so.1")},
}

// gnu is a row whose names all begin alike.
func gnu(debian, cpu, loader string) C {
	return C{debian, cpu + "-linux-gnu", cpu + "-linux-gnu", cpu + "-linux-musl", cpu, "", loader, "/lib/ld-musl-" + cpu + ".so.1"}
}

// C gives the names of a target, and whether C can be compiled for it at all.
func (t Target) C() (c C, ok bool) {
	for _, row := range cTable {
		if row.arch == t.Arch && (row.level == "" || row.level == CanonicalLevel("arm", t.Level)) {
			return row.c, true
		}
	}
	return C{}, false
}

// Tools is a C toolchain, its commands as cmd/go takes them.
type Tools struct {
	// CC and CXX are compilers, AR makes archives; a command may have flags.
	CC  string `json:"cc"`
	CXX string `json:"cxx,omitempty"`
	AR  string `json:"ar,omitempty"`
	// FC compiles Fortran; it is "" if nothing does. It is not installed with the others.
	FC string `json:"fc,omitempty"`
	// PkgConfig is PKG_CONFIG_LIBDIR: where the target's .pc files are.
	PkgConfig string `json:"pkgConfig,omitempty"`
}

// GCC gives Debian's cross compiler. Its C++ has no standard library for musl, so there is no CXX.
func (t Target) GCC(libc Libc) (Tools, error) {
	c, ok := t.C()
	if !ok || c.Debian == "" {
		return Tools{}, fmt.Errorf("no C libraries of Debian for %s", t)
	}
	tools := Tools{CC: c.Triple + "-gcc", AR: c.Triple + "-ar"}
	if libc == Musl {
		tools.CC = c.Musl + "-gcc"
		tools.PkgConfig = "/usr/lib/" + c.Musl + "/pkgconfig"
		return tools, nil
	}
	tools.CXX = c.Triple + "-g++"
	tools.FC = c.Triple + "-gfortran"
	tools.PkgConfig = "/usr/lib/" + c.Multiarch + "/pkgconfig:/usr/share/pkgconfig"
	return tools, nil
}

// GCCPackages gives the packages of Debian that make up [Target.GCC] on the platform build.
func (t Target) GCCPackages(libc Libc, build Target) []string {
	c, _ := t.C()
	suffix := ""
	if b, _ := build.C(); b.Debian != c.Debian {
		suffix = "-" + strings.ReplaceAll(c.Triple, "_", "-")
	}
	// The C++ compiler comes along also if nothing is C++ yet: one sysroot then serves every module.
	packages := []string{"gcc" + suffix}
	if libc == Musl {
		return append(packages, "musl-dev:"+c.Debian)
	}
	return append(packages, "g++"+suffix, "pkg-config", "libc6-dev:"+c.Debian, "libstdc++6:"+c.Debian)
}

// Zig gives zig as the compiler; zig is its command, and floor the oldest glibc that the program is to run with, such as "2.28",
// or "" for the oldest that zig has.
func (t Target) Zig(zig string, libc Libc, floor string) (Tools, error) {
	c, ok := t.C()
	if !ok || c.Zig == "" {
		return Tools{}, fmt.Errorf("zig has no C library for %s", t)
	}
	triple := c.Zig + "-linux-musl" + c.ZigABI
	if libc == Glibc {
		triple = c.Zig + "-linux-gnu" + c.ZigABI
		if floor != "" {
			triple += "." + floor
		}
	}
	flags := " -target " + triple
	if t.Arch == "arm" {
		flags += " -mcpu=" + map[string]string{"5": "arm926ej_s", "6": "arm1176jzf_s", "7": "generic+v7a"}[CanonicalLevel("arm", t.Level)]
	}
	return Tools{CC: zig + " cc" + flags, CXX: zig + " c++" + flags, AR: zig + " ar"}, nil
}
