package toolchain

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Keeps returns a function that tells which files of a toolchain's zip are written to a GOROOT. names are all files of the
// zip, slash-separated and relative to its root.
//
// Left out is what neither go build nor go list reads: documentation, the tree of tests, test files and their data, files of
// other systems than Linux unless allSystems is set, the source of the commands, whose programs are in bin and pkg/tool, and of these programs the
// ones that look at code or change it. Tools that Go would build from that source on demand (go tool pprof, nm, …) do not
// work afterwards. The go.mod of the commands stays, because go list looks for it.
func Keeps(names []string, allSystems bool) func(name string) bool {
	tested := map[string]bool{} // directories with test files
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			tested[path.Dir(name)] = true
		}
	}
	return func(name string) bool {
		top, rest, _ := strings.Cut(name, "/")
		switch top {
		case "api", "doc", "misc", "test":
			return rest == ""
		case "src":
			return keepsSource(name, tested) && (allSystems || !isForeign(name))
		case "bin", "pkg":
			return !slices.Contains([]string{"gofmt", "vet", "fix", "cover"}, path.Base(name))
		}
		return true
	}
}

// keepsSource keeps testdata beside a package without test files: in Go 1.26 encoding/json/internal/jsontest embeds its own.
// Directories with "_" hold generators, but also what that package embeds in Go 1.27, so they are kept.
func keepsSource(name string, tested map[string]bool) bool {
	if strings.HasPrefix(name, "src/cmd/") {
		return inGOROOT(name) == "src/cmd/go.mod"
	}
	if strings.HasSuffix(name, "_test.go") {
		return false
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if path.Base(dir) == "testdata" && tested[path.Dir(dir)] {
			return false
		}
	}
	return true
}

// otherSystems are the GOOS values of file names that a build for Linux never reads (go/build: knownOS, goodOSArchFile).
// Android is left out of the list: its files are Linux's too.
var otherSystems = []string{
	"aix", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "nacl", "netbsd", "openbsd", "plan9", "solaris",
	"wasip1", "windows", "zos",
}

// otherArchs are the GOARCH values that follow a name of otherSystems.
var otherArchs = []string{"386", "amd64", "arm", "arm64", "loong64", "mips64", "ppc64", "riscv64", "s390x", "sparc64", "wasm"}

// isForeign tells whether go/build would pass over a source file because of its name: NAME_GOOS.go, NAME_GOOS_GOARCH.s.
func isForeign(name string) bool {
	base, ext := path.Base(name), path.Ext(name)
	if ext != ".go" && ext != ".s" {
		return false
	}
	parts := strings.Split(strings.TrimSuffix(base, ext), "_")[1:]
	n := len(parts)
	return n > 0 && slices.Contains(otherSystems, parts[n-1]) ||
		n > 1 && slices.Contains(otherSystems, parts[n-2]) && slices.Contains(otherArchs, parts[n-1])
}

// inGOROOT returns the name that a file of the zip has in a GOROOT. A module zip cannot hold another module's go.mod, so
// they are called _go.mod there (cmd/go/internal/toolchain/select.go, Exec).
func inGOROOT(name string) string {
	if dir, base := path.Split(name); base == "_go.mod" {
		return dir + "go.mod"
	}
	return name
}

// modeOf gives programs their execute bits, which a module zip does not carry; the patterns are those of
// cmd/go/internal/toolchain/select.go.
func modeOf(name string) fs.FileMode {
	wrapper, err := path.Match("go_?*_?*_exec", path.Base(name))
	if strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "pkg/tool/") ||
		strings.HasPrefix(name, "lib/") && err == nil && wrapper {
		return 0o755
	}
	return 0o644
}
