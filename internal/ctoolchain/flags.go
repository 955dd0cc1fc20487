package ctoolchain

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Flag is one flag in a #cgo line. The go command has a list of what these lines may say and refuses the rest (cmd/go/internal/work,
// security.go). Two kinds of flags that it takes need a word more: those that make the program depend on the machine that builds, and
// those that reach beyond compiling and linking.
type Flag struct {
	Flag string `json:"flag"`
	// Place is its zero value where the line was not found.
	Place
}

// NativePattern matches flags that stand for the processor of the machine that compiles: gcc's and clang's -march=native and
// -mtune=native, -mcpu=native, and with more behind it, as in -mcpu=native+crypto.
const NativePattern = `-m[a-z-]+=native([^A-Za-z0-9].*)?`

var native = regexp.MustCompile(`^` + NativePattern + `$`)

// NativeFlag tells whether what a flag means is decided by the processor of the machine that compiles. The same source then gives another
// program elsewhere, and one that may not run elsewhere.
func NativeFlag(flag string) bool { return native.MatchString(flag) }

// reaching flags name programs or files to the compiler and the linker, or say where the program looks for libraries when it runs.
var reaching = regexp.MustCompile(`^(@|-B|-fplugin|-wrapper|-specs|-?-sysroot|-isysroot|-target|-x|-Wl,-rpath|-Wl,-R|-Wl,.*dynamic-linker|-Wl,-(T|I)\b|-Wl,--just-symbols|-Wl,.*execstack)`)

// OddFlag tells whether a flag reaches beyond compiling and linking C: the go command allows it, and it is rare.
func OddFlag(flag string) bool {
	return reaching.MatchString(flag) && !strings.HasPrefix(flag, "-Wl,-z,noexecstack") && !strings.HasPrefix(flag, "-Wl,-rpath-link")
}

// NotableFlags keeps the flags that are [NativeFlag] or [OddFlag], sorted and each once.
func NotableFlags(flags []string) []string {
	found := slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return !OddFlag(f) && !NativeFlag(f) })
	slices.Sort(found)
	return slices.Compact(found)
}

// srcDir is what a #cgo line has for the folder of its package.
const srcDir = "${SRCDIR}"

// findFlag looks for a flag in the #cgo lines of a Go file whose folder the go command calls dir.
func findFlag(text []byte, dir, flag string) (line, col int, ok bool) {
	for l := range bytes.Lines(text) {
		line++
		if !isCgoLine(l) {
			continue
		}
		for word := range strings.FieldsSeq(string(l)) {
			if strings.ReplaceAll(strings.Trim(word, `"'`), srcDir, dir) == flag {
				return line, bytes.Index(l, []byte(word)) + 1, true
			}
		}
	}
	return 0, 0, false
}

// isCgoLine recognises a #cgo directive in a comment of either kind.
func isCgoLine(line []byte) bool {
	line = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("//")))
	rest, ok := bytes.CutPrefix(line, []byte("#cgo"))
	return ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t')
}

// LocateFlags gives each flag its place in the first of the files that has it. read gives a file's text; one that cannot be read is
// passed over, and so the flag may be left without a place.
func LocateFlags(flags, files []string, dir string, read func(name string) ([]byte, error)) []Flag {
	var found []Flag
	for _, flag := range flags {
		f := Flag{Flag: flag}
		for _, name := range files {
			text, err := read(name)
			if err != nil {
				continue
			}
			if line, col, ok := findFlag(text, dir, flag); ok {
				f.Place = Place{File: name, Line: line, Col: col}
				break
			}
		}
		found = append(found, f)
	}
	return found
}
