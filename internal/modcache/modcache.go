// Package modcache fetches modules and lays out module caches, without unpacking what no build reads: a module cache of a
// few hundred modules has tens of thousands of files, of which a program needs some thousand.
//
// [Fetcher.Fetch] downloads the zips of a build list and verifies each against go.sum; [Extract] writes the packages out of
// them that a list of imports reaches. The layout is that of GOMODCACHE (https://go.dev/ref/mod#module-cache), so that
// cmd/go, which has the last word on everything here, works on it.
//
// It reads no environment and runs no program. Zips are not trusted before their hash has been compared; what is in one may
// still be hostile, so names and sizes are checked as golang.org/x/mod/zip does.
package modcache

import (
	"path"
	"path/filepath"

	"golang.org/x/mod/module"
)

// Module is one module of a build list.
type Module struct {
	// Path is what imports of its packages begin with.
	Path string `json:"path"`
	// From is where it comes from: the module and version itself, or those of a replace directive.
	From module.Version `json:"from"`
	// License is the SPDX expression of its license files, "" if it is not known. [AddLicenses] sets it.
	License string `json:"license,omitempty"`
}

// ListFile is the name of the file in which the build list lies beside the downloads.
const ListFile = "modules.json"

// Downloads is the folder of a module cache that holds what came from proxies.
const Downloads = "cache/download"

// download gives the path below Downloads of a file of m, such as the one with the extension ".zip".
func download(m module.Version, ext string) (string, error) {
	escaped, err := escape(m)
	if err != nil {
		return "", err
	}
	return path.Join(escaped.Path, "@v", escaped.Version+ext), nil
}

// dir gives the folder of m's files in a module cache.
func dir(root string, m module.Version) (string, error) {
	escaped, err := escape(m)
	if err != nil {
		return "", err
	}
	return filepath.Join(root, filepath.FromSlash(escaped.Path)+"@"+escaped.Version), nil
}

// escape writes a module as the names of files do.
func escape(m module.Version) (escaped module.Version, err error) {
	if escaped.Path, err = module.EscapePath(m.Path); err == nil {
		escaped.Version, err = module.EscapeVersion(m.Version)
	}
	return escaped, err
}
