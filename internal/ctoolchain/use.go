package ctoolchain

import (
	"fmt"
	"path"
	"strings"
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

// FirstFile names the first file of some lists below dir, "" if they have none.
func FirstFile(dir string, lists ...[]string) string {
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

// Use is a package with cgo, and what its C needs.
type Use struct {
	ImportPath string `json:"importPath"`
	// Through are the packages that lead to it, the first of which the module imports itself.
	Through []string `json:"through,omitempty"`
	// CXX says that it has C++.
	CXX bool `json:"cxx,omitempty"`
	// Swig and Fortran are the first of its files for SWIG and of Fortran, for which the go command runs other programs than the compiler
	// of C; they are named as in [Place].
	Swig    string `json:"swig,omitempty"`
	Fortran string `json:"fortran,omitempty"`
	// PkgConfig names the packages of its #cgo pkg-config lines.
	PkgConfig []string `json:"pkgConfig,omitempty"`
	// MuslTag says that its files ask for the build tag musl.
	MuslTag bool `json:"muslTag,omitempty"`
	// Flags are those of its #cgo lines that are worth a word; see [NotableFlags].
	Flags []Flag `json:"flags,omitempty"`
	// Stub says that it has files for when cgo is off, Only that it has none without cgo.
	Stub bool `json:"stub,omitempty"`
	Only bool `json:"only,omitempty"`
	// Own says that it is the module's own, so that its files are in the build context.
	Own bool `json:"own,omitempty"`
	// Std are its imports that need C although they are of the standard library, where it has no C of its own.
	Std []Import `json:"std,omitempty"`
}

// String names the package and the way to it.
func (u Use) String() string {
	if len(u.Through) == 0 {
		return u.ImportPath
	}
	return u.ImportPath + " (imported through " + strings.Join(u.Through, " → ") + ")"
}
