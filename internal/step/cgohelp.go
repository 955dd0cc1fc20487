package step

import (
	"fmt"
	"regexp"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
)

// cgoMissing are what compilers and linkers of C say when something is not in the sysroot: gcc and GNU ld, clang and zig.
var cgoMissing = []struct {
	said *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`Package '?([^\s',]+)'?,? (?:was not found in the pkg-config search path|.*not found)`), "pkg-config does not know %s"},
	{regexp.MustCompile(`(?:cannot find -l|unable to find (?i:dynamic |static )?(?:system )?library '?-?l?)([^\s:']+)`), "the library %s is missing"},
}

// cgoPrograms are what they say when a program is missing: that of a builder image, as all others are installed.
var cgoPrograms = []struct {
	said *regexp.Regexp
	help string
}{
	{regexp.MustCompile(`"?(pkg-config)"?: executable file not found`), "%s is missing: install it in the builder image"},
	{regexp.MustCompile(`C compiler "([^"]+)" not found`), "there is no %s: install it in the builder image, or set cgo.cc"},
}

// glibcSymbol is what a linker misses when it links musl with a library that was compiled with the headers of glibc.
var glibcSymbol = regexp.MustCompile("undefined (?:reference to [`']|symbol: )(__[a-z0-9_]+_chk|__isoc[0-9]+_[a-z]+|__[fl]?xstat(?:64)?|__register_atfork|gnu_get_libc_version)\\b")

// cgoHelp says what to do about a failed compile, a line for each mistake.
func cgoHelp(c *request.Cgo, said string) string {
	if c == nil {
		return ""
	}
	help := headerHelp(c, said, workFile)
	for _, mistake := range cgoMissing {
		if m := mistake.said.FindStringSubmatch(said); m != nil {
			help += "\n" + fmt.Sprintf(mistake.what, m[1]) + ": " + cgoSource(c)
		}
	}
	for _, mistake := range cgoPrograms {
		if m := mistake.said.FindStringSubmatch(said); m != nil {
			help += "\n" + fmt.Sprintf(mistake.help, m[1]) + orWithoutC(c)
		}
	}
	if m := glibcSymbol.FindStringSubmatch(said); m != nil && usesMusl(c) {
		help += "\na library that is linked needs " + m[1] + ", so it was built for glibc: use libc: glibc, or a build of it for musl"
	}
	return help
}

// orWithoutC is another way out where dependencies have C for which they have something else as well.
func orWithoutC(c *request.Cgo) string {
	if !c.Optional {
		return ""
	}
	return ", or build without C: cgo: {enabled: off}"
}

// cgoSource says where something that is missing can come from, or how to do without.
func cgoSource(c *request.Cgo) string { return toolchainOf(c).Help.Missing + orWithoutC(c) }

func usesMusl(c *request.Cgo) bool { return c.Libc == ctoolchain.Musl }
