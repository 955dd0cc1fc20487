// Package modcache lays out module caches, without unpacking what no build reads: a module cache of a few hundred modules has tens of
// thousands of files, of which a program needs some thousand.
//
// [Extract] writes the packages out of verified zips that a list of imports reaches. The layout is that of GOMODCACHE
// (https://go.dev/ref/mod#module-cache), so that cmd/go, which has the last word on everything here, works on it.
//
// It reads no environment and runs no program. What is in a zip may be hostile although go.sum vouches for it, so names and sizes are
// checked as golang.org/x/mod/zip does.
package modcache

import (
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modfetch"
)

// Downloads is the folder of a module cache that holds what came from proxies.
const Downloads = "cache/download"

// zipName gives the path of m's zip in the module cache at root.
func zipName(root string, m module.Version) (string, error) {
	name, err := modfetch.FileName(m, ".zip")
	return filepath.Join(root, Downloads, filepath.FromSlash(name)), err
}

// dir gives the folder of m's files in a module cache.
func dir(root string, m module.Version) (string, error) {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	return filepath.Join(root, filepath.FromSlash(escaped)+"@"+version), err
}
