package gofiles

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// directive is the preprocessor's line (go.dev/doc/asm; cmd/asm/internal/lex: Input.include). Quotes are the only form.
// Comments of C count as spaces.
var directive = regexp.MustCompile(`(?m)(?:^|\*/)(?:[ \t]|/\*(?s:.*?)\*/)*#(?:[ \t]|/\*(?s:.*?)\*/)*include(?:[ \t]|/\*(?s:.*?)\*/)*"([^"\n]+)"`)

// Includes gives what one file of Go assembly includes: no listing of go/build or `go list` names that, unless it is a header of the
// package's own folder, and no cache of cmd/go looks at the others. It gives the names relative to the folder of the package, sorted:
// that is where cmd/asm looks for it, also when the file that includes lies in another folder.
func Includes(text []byte) []string {
	var paths []string
	for _, m := range directive.FindAllSubmatch(text, -1) {
		if p := string(m[1]); !path.IsAbs(p) {
			paths = append(paths, path.Clean(p))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// IncludeClosure gives what the assembly files of the package in dir include, and what that includes in turn, sorted and joined with dir.
// What read cannot give is left out, such as the headers of the toolchain, and what leaves the tree of dir through "..".
func IncludeClosure(dir string, files []string, read func(name string) ([]byte, error)) []string {
	seen := map[string]bool{}
	var follow func(text []byte)
	follow = func(text []byte) {
		for _, p := range Includes(text) {
			p = path.Join(dir, p)
			if seen[p] || p == ".." || strings.HasPrefix(p, "../") {
				continue
			}
			if included, err := read(p); err == nil {
				seen[p] = true
				follow(included)
			}
		}
	}
	for _, f := range files {
		if !IsAssembly(f) {
			continue
		}
		if text, err := read(path.Join(dir, f)); err == nil {
			follow(text)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// IsAssembly tells the files that Go's assembler reads. Those of gcc (.S, .sx) are cgo's.
func IsAssembly(name string) bool { return path.Ext(name) == ".s" }
