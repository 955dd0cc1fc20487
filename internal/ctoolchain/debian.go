package ctoolchain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/target"
)

// debian is Debian's cross compiler with Debian's libraries, installed into an image of Debian or Ubuntu.
var debian = Provider{
	Kind: GCC, Libc: Glibc, Origin: debianOrigin, Compiler: debianCompiler,
	Help: Help{Missing: "name the Debian package that has it in cgo.packages.build", Symbols: "a Debian package for cgo.packages.build", Packages: true},
}

// debianNames says how Debian calls a target.
type debianNames struct {
	// arch is the architecture of packages: https://www.debian.org/ports.
	arch string
	// triple is that of the compilers, and multiarch the folder of the architecture's libraries and headers, which differs for i386:
	// https://wiki.debian.org/Multiarch/Tuples.
	triple, multiarch string
	// musl is that folder for what is built with musl, muslLoader the path of its dynamic loader.
	musl, muslLoader string
}

// debianTargets are those of Debian 12; level is that of 32-bit ARM, the one architecture whose levels differ in their ABI. Debian's armhf
// is ARMv7, Raspbian's is not Debian's.
var debianTargets = []struct {
	arch, level string
	names       debianNames
}{
	{"386", "", debianNames{"i386", "i686-linux-gnu", "i386-linux-gnu", "i386-linux-musl", "/lib/ld-musl-i386.so.1"}},
	{"amd64", "", debianAlike("amd64", "x86_64")},
	{"arm", "5", debianNames{"armel", "arm-linux-gnueabi", "arm-linux-gnueabi", "arm-linux-musleabi", "/lib/ld-musl-arm.so.1"}},
	{"arm", "7", debianNames{"armhf", "arm-linux-gnueabihf", "arm-linux-gnueabihf", "arm-linux-musleabihf", "/lib/ld-musl-armhf.so.1"}},
	{"arm64", "", debianAlike("arm64", "aarch64")},
	{"ppc64le", "", debianAlike("ppc64el", "powerpc64le")},
	{"riscv64", "", debianAlike("riscv64", "riscv64")},
	{"s390x", "", debianAlike("s390x", "s390x")},
}

// debianAlike is for names that all begin alike.
func debianAlike(arch, cpu string) debianNames {
	return debianNames{arch, cpu + "-linux-gnu", cpu + "-linux-gnu", cpu + "-linux-musl", "/lib/ld-musl-" + cpu + ".so.1"}
}

// debianTarget gives the names of a target, all "" if Debian does not have it.
func debianTarget(t target.Target) debianNames {
	for _, row := range debianTargets {
		if row.arch == t.Arch && (row.level == "" || row.level == target.CanonicalLevel("arm", t.Level)) {
			return row.names
		}
	}
	return debianNames{}
}

func debianOrigin(s Settings, _ string) Origin {
	return Origin{Image: cmp.Or(s.Base, defaults.CgoBase), Key: "cgo.base"}
}

func debianCompiler(j Job) (Tools, Needs, error) {
	c := debianTarget(j.Target)
	if c.arch == "" {
		return Tools{}, Needs{}, fmt.Errorf("no C libraries of Debian for %s", j.Target)
	}
	tools := Tools{
		CC: c.triple + "-gcc", CXX: c.triple + "-g++", AR: c.triple + "-ar", FC: c.triple + "-gfortran",
		PkgConfig: "/usr/lib/" + c.multiarch + "/pkgconfig:/usr/share/pkgconfig",
	}
	suffix := c.suffix(j.Build)
	// The C++ compiler comes along also if nothing is C++ yet: one sysroot then serves every module.
	return tools, j.install(c, "gcc"+suffix, "g++"+suffix, "pkg-config", "libc6-dev:"+c.arch, "libstdc++6:"+c.arch), nil
}

// suffix is that of the packages of the compilers, which are cross compilers but for the platform of the build itself.
func (c debianNames) suffix(build target.Target) string {
	if debianTarget(build).arch == c.arch {
		return ""
	}
	return "-" + strings.ReplaceAll(c.triple, "_", "-")
}

// install lists the compiler's packages and the configuration's, which are those for the target's architecture.
func (j Job) install(c debianNames, compiler ...string) Needs {
	slices.Sort(compiler)
	needs := Needs{Compiler: compiler}
	for _, name := range j.Settings.Packages.Build {
		needs.Packages = append(needs.Packages, name+":"+c.arch)
	}
	for _, name := range j.Settings.Packages.Runtime {
		needs.Packages = append(needs.Packages, name+":"+c.arch)
		needs.Runtime = append(needs.Runtime, name+":"+c.arch)
	}
	slices.Sort(needs.Packages)
	needs.Packages = slices.Compact(needs.Packages)
	if debianTarget(j.Build).arch != c.arch {
		needs.Foreign = []string{c.arch}
	}
	return needs
}
