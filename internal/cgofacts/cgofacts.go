// Package cgofacts judges what Go files say about C beside importing it, and finds the places: flags in #cgo lines, and imports of
// packages of the standard library that are nothing without C.
//
// The go command has a list of what #cgo lines may say and refuses the rest (cmd/go/internal/work, security.go). Two kinds of flags
// that it takes need a word more: those that make the program depend on the machine that builds, and those that reach beyond
// compiling and linking.
package cgofacts

import (
	"fmt"
	"path"
)

// Place is a place in a Go file, counted from 1 and in bytes.
type Place struct {
	// File is named as its reader needs it: relative to the build context, or below the import path of its package.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// String gives file:line, or nothing.
func (p Place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// First names the first file of some lists below dir, "" if they have none.
func First(dir string, lists ...[]string) string {
	for _, list := range lists {
		if len(list) > 0 {
			return path.Join(dir, list[0])
		}
	}
	return ""
}

// Import is an import of a package of the standard library that needs C.
type Import struct {
	Path string `json:"path"`
	Place
}

// The packages of the standard library that need C and say nothing if it is off. With cgo off plugin has functions that always fail,
// and a program with runtime/cgo cannot be linked. The others that have C in them do their work without it: net and os/user in Go,
// crypto with BoringCrypto as an experiment alone; runtime/race, runtime/msan and runtime/asan come with flags of the go command.
const (
	Plugin     = "plugin"
	RuntimeCgo = "runtime/cgo"
)

// NeedsC tells whether a package of the standard library is nothing without C.
func NeedsC(importPath string) bool { return importPath == Plugin || importPath == RuntimeCgo }
