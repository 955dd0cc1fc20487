package scan

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
)

// Image is what one command needs on one platform. Its lists are sorted and without repetition.
type Image struct {
	// Dir is the command's directory.
	Dir string `json:"dir"`
	// Packages are the command and the own packages it reaches, by import path.
	Packages []Package `json:"packages"`
	// Std are imports of the standard library, without "unsafe" and "C", and with those that cgo's translation adds.
	Std []string `json:"std,omitempty"`
	// External are imports that are neither own nor standard. Each is a valid import path and no pattern, hence fit to be an
	// argument of the go command.
	External []string `json:"external,omitempty"`
	// CgoMatters says that some own package has other files with cgo than without.
	CgoMatters bool `json:"cgoMatters,omitempty"`
	// PGO says that the command's directory has a default.pgo; PGOFiles are what a copy must have for it: the file, and links on the
	// way to it.
	PGO      bool     `json:"pgo,omitempty"`
	PGOFiles []string `json:"pgoFiles,omitempty"`
	// Vars are the well-known variables of the command's own package that the linker can set and that wait for it: they are empty, or
	// hold a placeholder; see [WellKnown] and [Placeholder]. Kept are those with another value. A variable whose type or initial value
	// depends on an imported package is neither.
	Vars []string `json:"vars,omitempty"`
	Kept []Kept   `json:"kept,omitempty"`
	// Unstampable are the variables of [Request.Stamp] that the linker cannot set, in their order there.
	Unstampable []Unstampable `json:"unstampable,omitempty"`
}

// Package is an own package on one platform.
type Package struct {
	ImportPath string `json:"importPath"`
	// Dir is relative to the root of the context, with slashes.
	Dir string `json:"dir"`
	// Real is Dir without symbolic links, if it has any. Links are the links on the way to it and to Files, and what they lead to.
	Real  string   `json:"real,omitempty"`
	Links []string `json:"links,omitempty"`
	// Files are the names of what go build reads in Dir: Go, C, C++, Objective-C, Fortran, assembly, header, SWIG and syso
	// files. What C includes beyond that is not known here.
	Files []string `json:"files"`
	// Included are the files that Go assembly includes, relative to the root of the context.
	Included []string `json:"included,omitempty"`
	// EmbedPatterns are the patterns of //go:embed as written, without quotes.
	EmbedPatterns []string `json:"embedPatterns,omitempty"`
	// EmbedsAt tells where each of these stands first.
	EmbedsAt []diag.Range `json:"embedsAt,omitempty"`
	// Cgo says that a file imports "C", or is SWIG's.
	Cgo bool `json:"cgo,omitempty"`
	// C is what it needs of C, with the names of files relative to the root of the context; nil is nothing.
	C *ctoolchain.Use `json:"c,omitempty"`
}

// Together is what commands need that are built together on one platform. What is said of the variables of one command is said of no other, and
// left out; of one command alone it is all the same.
func Together(images ...Image) Image {
	if len(images) == 1 {
		return images[0]
	}
	var all Image
	for i, img := range images {
		if i == 0 {
			all.Dir = img.Dir
		}
		all.Packages = append(all.Packages, img.Packages...)
		all.Std = append(all.Std, img.Std...)
		all.External = append(all.External, img.External...)
		all.CgoMatters = all.CgoMatters || img.CgoMatters
		all.PGO, all.PGOFiles = all.PGO || img.PGO, append(all.PGOFiles, img.PGOFiles...)
	}
	slices.SortFunc(all.Packages, func(a, b Package) int { return cmp.Compare(a.ImportPath, b.ImportPath) })
	all.Packages = slices.CompactFunc(all.Packages, func(a, b Package) bool { return a.ImportPath == b.ImportPath })
	all.Std, all.External, all.PGOFiles = sortedSet(all.Std), sortedSet(all.External), sortedSet(all.PGOFiles)
	return all
}

// defaultPGO is the profile that -pgo=auto looks for beside a command, see go.dev/doc/pgo.
const defaultPGO = "default.pgo"

// Files gives every file of the packages and default.pgo if there is one, sorted, by paths without links, and the links that lead to
// them.
// What go:embed names is not among them, see [Image.Embeds]; nor are go.mod, go.sum and go.work.
func (i Image) Files() []string {
	var files []string
	for _, p := range i.Packages {
		for _, name := range p.Files {
			files = append(files, path.Join(p.real(), name))
		}
		files = append(append(files, p.Included...), p.Links...)
	}
	return sortedSet(append(files, i.PGOFiles...))
}

// CgoFiles are those of the files that belong to packages with cgo.
func (i Image) CgoFiles() []string {
	var files []string
	for _, p := range i.Packages {
		for _, name := range p.Files {
			if p.Cgo {
				files = append(files, path.Join(p.real(), name))
			}
		}
	}
	return sortedSet(files)
}

// Embeds gives the embed patterns as patterns of path.Match below the root of the context, sorted, behind "all:" where they have it.
// Where one matches a directory, what is below it is meant as for package embed. Patterns that package embed refuses are left out,
// so none leaves the context.
func (i Image) Embeds() []string {
	var patterns []string
	for _, p := range i.Packages {
		for _, pattern := range p.EmbedPatterns {
			if glob, all, ok := p.embedGlob(pattern); ok && all {
				patterns = append(patterns, embedAll+glob)
			} else if ok {
				patterns = append(patterns, glob)
			}
		}
	}
	return sortedSet(patterns)
}

// embedGlob gives an embed pattern as a pattern below the root of the context, if package embed takes it; all says that it stands behind
// "all:".
func (p Package) embedGlob(pattern string) (glob string, all, ok bool) {
	glob, all = strings.CutPrefix(pattern, embedAll)
	if !validEmbed(glob) {
		return "", all, false
	}
	return path.Join(escapeGlob(p.real()), glob), all, true
}

// EmbeddedAt tells where the first directive is that embeds a file of the context, by itself or with a folder that it is in.
func (i Image) EmbeddedAt(name string) (at diag.Range, ok bool) {
	for _, p := range i.Packages {
		for k, pattern := range p.EmbedPatterns {
			glob, _, valid := p.embedGlob(pattern)
			for dir := name; valid && dir != "."; dir = path.Dir(dir) {
				if matched, err := path.Match(glob, dir); matched && err == nil && k < len(p.EmbedsAt) {
					return p.EmbedsAt[k], true
				}
			}
		}
	}
	return diag.Range{}, false
}

// real is the package's folder by a path without links.
func (p Package) real() string { return cmp.Or(p.Real, p.Dir) }

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// embedAll begins a pattern that takes hidden files as well.
const embedAll = "all:"

// validEmbed is cmd/go's rule for a pattern without "all:".
func validEmbed(pattern string) bool {
	_, err := path.Match(pattern, "")
	return err == nil && pattern != "." && fs.ValidPath(pattern)
}

// escapeGlob makes a directory's name match itself only. An import path has no such characters, but the directory of a
// module may.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
