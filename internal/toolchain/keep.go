package toolchain

import (
	"io/fs"
	"path"
	"strings"
)

// Keeps returns a function that tells which files of a toolchain's zip are written to a GOROOT. names are all files of the
// zip, slash-separated and relative to its root.
//
// Left out is what neither go build, go vet nor go list reads: documentation, the tree of tests, test files and their
// data, and the source of the commands, whose programs are in bin and pkg/tool. Tools
// that Go would build from that source on demand (go tool pprof, nm, …) do not work afterwards. The go.mod of the commands
// stays, because go list looks for it.
func Keeps(names []string) func(name string) bool {
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
			return keepsSource(name, tested)
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
