package step

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/request"
)

// linkMap is where the linker writes what it took from where into a program.
func linkMap(program int) string {
	name := filepath.Join(request.Temp, "link.map")
	if program > 0 {
		name += "." + strconv.Itoa(program)
	}
	return name
}

// cgoPath is PATH where the compiler of C is: Go's own programs come first.
const cgoPath = request.GoRoot + "/bin:" + defaults.Path

// sourceDate is what gcc and clang take for __DATE__ and __TIME__. It is the same for every commit, as the time of a commit is no input of
// what is compiled, and its cache.
const sourceDate = "SOURCE_DATE_EPOCH=0"

// noFortran is the name of no program: without FC the go command runs gfortran from PATH, for whatever machine that is.
const noFortran = "no-fortran-compiler"

// cgoEnv is the part of [buildEnv] that decides how C is compiled.
func cgoEnv(c *request.Cgo) []string {
	if c == nil {
		return []string{"CGO_ENABLED=0"}
	}
	env := []string{"CGO_ENABLED=1", "PATH=" + cgoPath, "CC=" + c.Tools.CC, sourceDate}
	optional := func(name, value string) {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	optional("CXX", c.Tools.CXX)
	optional("AR", c.Tools.AR)
	env = append(env, "FC="+cmp.Or(c.Tools.FC, noFortran))
	optional("PKG_CONFIG_LIBDIR", c.Tools.PkgConfig)
	optional("CGO_CFLAGS", joinFlags(c.CFlags))
	optional("CGO_CPPFLAGS", joinFlags(c.CPPFlags))
	optional("CGO_CXXFLAGS", joinFlags(c.CXXFlags))
	optional("CGO_FFLAGS", joinFlags(c.FFlags))
	optional("CGO_LDFLAGS", joinFlags(c.LDFlags))
	return append(env, toolchainOf(c).Env...)
}

// toolchainOf is who compiles.
func toolchainOf(c *request.Cgo) ctoolchain.Provider { return ctoolchain.Of(c.Provider, c.Libc) }

// joinFlags joins flags as cmd/go splits them; see [quoteFlags].
func joinFlags(flags []string) string {
	var quoted []string
	for _, f := range flags {
		quoted = append(quoted, quoteFlag(f))
	}
	return strings.Join(quoted, " ")
}

// cgoLinkFlags pass flags on to the linker of C, and have it write the map of a program.
func cgoLinkFlags(req request.Compile, program int) []string {
	c := req.Build.Cgo
	if c == nil {
		return nil
	}
	external := slices.Clone(req.ExtLDFlags)
	if !toolchainOf(c).NoMap {
		external = append(external, "-Wl,-Map="+linkMap(program))
	}
	return []string{"-extldflags=" + strings.Join(external, " ")}
}

// reportLink writes down what the linker of C said, and what it linked into the programs.
func reportLink(req request.Compile, said string) error {
	if req.Build.Cgo == nil {
		return nil
	}
	report := request.LinkReport{Warnings: linkWarnings(said)}
	for i := range req.Programs() {
		archives, err := linkedArchives(linkMap(i))
		if err != nil {
			return err
		}
		report.Archives, report.Each = append(report.Archives, archives...), append(report.Each, archives)
	}
	if len(report.Each) == 1 {
		report.Each = nil
	}
	slices.Sort(report.Archives)
	report.Archives = slices.Compact(report.Archives)
	return writeJSON(filepath.Join(request.Said, request.LinkFile), report)
}

// linkedArchives reads a map. Where Go's own linker was enough there is none.
func linkedArchives(linkMap string) ([]string, error) {
	text, err := os.ReadFile(linkMap)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the linker's map: %w", err)
	}
	archives := linkedFiles(string(text))
	for i, name := range archives {
		if real, err := realDir(name); err == nil {
			archives[i] = real
		}
	}
	slices.Sort(archives)
	return slices.Compact(archives), nil
}

// realDir gives a file's path without symbolic links in its folder: how the compiler and dpkg spell it differs.
func realDir(name string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	return filepath.Join(dir, filepath.Base(name)), err
}

// staticWarning is what GNU ld says of functions of glibc that load libraries when they run.
var staticWarning = regexp.MustCompile(`warning: (Using '[^']+' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking)`)

func linkWarnings(said string) []string {
	var warnings []string
	for _, m := range staticWarning.FindAllStringSubmatch(said, -1) {
		warnings = append(warnings, m[1])
	}
	slices.Sort(warnings)
	return slices.Compact(warnings)
}

// linkedFiles reads of GNU ld's map the archives of which it took members, and the object files, without those of the build itself.
// Archives stand in the list at its top, "/usr/lib/libm.a(e_exp.o)" at the beginning of a line; objects behind "LOAD".
func linkedFiles(text string) []string {
	var files []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if name, _, ok := strings.Cut(line, ".a("); ok && strings.HasPrefix(name, "/") {
			files = append(files, name+".a")
		}
		if name, ok := strings.CutPrefix(line, "LOAD "); ok && strings.HasPrefix(name, "/") && strings.HasSuffix(name, ".o") {
			files = append(files, name)
		}
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(f, request.Temp+"/") || strings.HasPrefix(f, linkDir) })
	slices.Sort(files)
	return slices.Compact(files)
}

// linkDir is where packages of the build are.
const linkDir = request.Work + "/"
