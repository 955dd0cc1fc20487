package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
)

// cgo checks the settings, and those that exclude each other.
func (c checker) cgo(cgo *ctoolchain.Settings) {
	c.scalar(&cgo.Enabled, oneOf("auto", "on", "off"), "cgo", "enabled")
	c.scalar(&cgo.Libc, oneOf(string(ctoolchain.Glibc), string(ctoolchain.Musl)), "cgo", "libc")
	c.scalar(&cgo.Link, oneOf("static", "dynamic"), "cgo", "link")
	c.scalar(&cgo.Compiler, oneOf(ctoolchain.Compilers()...), "cgo", "compiler")
	c.scalar(&cgo.Base, builderImage, "cgo", "base")
	c.scalar(&cgo.Glibc, glibcVersion, "cgo", "glibc")
	c.list(cgo.Packages.Build, debianPackage, "cgo", "packages", "build")
	c.list(cgo.Packages.Runtime, debianPackage, "cgo", "packages", "runtime")
	c.list(cgo.CFlags, compilerFlag, "cgo", "cflags")
	c.list(cgo.CPPFlags, compilerFlag, "cgo", "cppflags")
	c.list(cgo.CXXFlags, compilerFlag, "cgo", "cxxflags")
	c.list(cgo.LDFlags, cLinkerFlag, "cgo", "ldflags")
	c.scalar(&cgo.CC, compilerProgram, "cgo", "cc")
	c.scalar(&cgo.CXX, compilerProgram, "cgo", "cxx")
	c.scalar(&cgo.Zig.Image, builderImage, "cgo", "zig", "image")
	c.scalar(&cgo.Zig.URL, archiveURL, "cgo", "zig", "url")
	c.scalar(&cgo.Zig.Digest, archiveDigest, "cgo", "zig", "digest")
}

// cgoTogether checks what no value shows by itself. A target may complete the settings of the top level, so this is asked only
// of settings that are used as they are.
func (c checker) cgoTogether(cfg *Config) {
	for _, conflict := range cfg.Cgo.Conflicts(cfg.Builder.Image != "") {
		c.report(c.root.nearest(strings.TrimSuffix("cgo."+conflict.Key, ".")), &problem{conflict.Msg, conflict.Help})
	}
}

// oneOf is the validator of a fixed set of words.
func oneOf(words ...string) validator {
	return func(s string) (string, error) {
		if slices.Contains(words, s) {
			return s, nil
		}
		p := &problem{fmt.Sprintf("%q is not one of %s", s, strings.Join(words, ", ")), diag.Suggest(s, words)}
		return "", p
	}
}

var glibcForm = regexp.MustCompile(`^2\.[1-9][0-9]$`)

func glibcVersion(s string) (string, error) {
	if !glibcForm.MatchString(s) {
		return "", &problem{fmt.Sprintf("%q is not a version of glibc", s), `write a quoted version such as "2.28"`}
	}
	return s, nil
}

// packageForm is the form of a package's name, Debian Policy 5.6.1.
var packageForm = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

func debianPackage(s string) (string, error) {
	switch {
	case packageForm.MatchString(s) && !strings.HasSuffix(s, "-") && !strings.HasSuffix(s, "+"): // apt-get removes "x-"
		return s, nil
	case strings.Contains(s, ":"):
		return "", &problem{fmt.Sprintf("package %q has an architecture", s), "write the name alone: the platform decides"}
	case strings.Contains(s, "="):
		return "", &problem{fmt.Sprintf("package %q has a version", s), "write the name alone: cgo.base decides"}
	case strings.ContainsAny(s, " ,"):
		return "", &problem{fmt.Sprintf("%q holds several packages", s), "write one per element"}
	}
	return "", &problem{fmt.Sprintf("%q is not the name of a Debian package", s), "names have a-z, 0-9, +, - and ."}
}

var (
	// programForm is a name to look for in PATH, or an absolute path without "." and ".." that begins with a folder which only the
	// builder image fills: not one of those that hold the project in a build, nor /proc, through which these can be reached.
	programForm = regexp.MustCompile(`^(/(usr|opt|bin|sbin|nix)(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*/)?[A-Za-z0-9_][A-Za-z0-9_.+-]*$`)
	// compilerForm is what compilers of C and C++ are called, with whatever before it and a version behind it. Other programs may
	// take a compiler's flags for something else: make runs what the file after -f says.
	compilerForm = regexp.MustCompile(`(cc|clang|\+\+|icx|icpx)(-[0-9][0-9.]*)?$`)
)

func compilerProgram(s string) (string, error) {
	const names = "write a name such as musl-gcc or clang++-17, or its path below /usr, /opt, /bin, /sbin or /nix"
	switch {
	case strings.ContainsAny(s, " \t\n"):
		return "", &problem{fmt.Sprintf("%q is a command with flags, not a compiler", s),
			"write the program alone; flags belong to cgo.cflags and cgo.ldflags, others into a script of the builder image"}
	case !programForm.MatchString(s):
		return "", &problem{fmt.Sprintf("%q is not the name of a compiler", s), names}
	case !compilerForm.MatchString(s):
		return "", &problem{fmt.Sprintf("%q is not called as a compiler is", s), "its name must end in cc, clang or ++, with or without a version"}
	}
	return s, nil
}

// archiveURL takes the address of a file. With a query it could ask a service for something, and a server for what a signature in it
// opens. A server of the machine that builds is not for a repository to name.
func archiveURL(s string) (string, error) {
	if err := serverURL("archive's address", s, "use https; http is for loopback addresses"); err != nil {
		return "", err
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || strings.ContainsAny(s, "?#"):
		return "", &problem{"the archive's address has a query or fragment", "write https://host/path of a file that needs none"}
	case goenv.IsLoopback(u.Hostname()):
		return "", &problem{"the archive's address is that of the machine that builds", "write https://host/path of a server, or name an image in cgo.zig.image"}
	}
	return s, nil
}

func archiveDigest(s string) (string, error) {
	if d, err := digest.Parse(s); err != nil || d.Algorithm() != digest.SHA256 {
		return "", &problem{fmt.Sprintf("%q is not a digest", s), "write sha256: and 64 hexadecimal digits"}
	}
	return s, nil
}
