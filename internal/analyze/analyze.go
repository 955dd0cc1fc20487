// Package analyze reads what `go list -deps -json` says about the outgoing imports of a module on one platform: which
// packages they pull in, from which modules, and which of their files a build reads.
//
// It is pure: it takes the output of go list and returns data.
package analyze

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Fields are the fields of a package that [Decode] reads, as go list's -json flag takes them.
const Fields = "ImportPath,Dir,Standard,Module,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles," +
	"SwigCXXFiles,SysoFiles,EmbedFiles,Error"

// Package is one package of the closure. File names are relative to Dir.
type Package struct {
	ImportPath string
	Dir        string
	Standard   bool
	Module     *Module
	Error      *Error

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles []string
	SwigFiles, SwigCXXFiles, SysoFiles, EmbedFiles                      []string
}

// Module is the module that a package comes from.
type Module struct {
	Path    string
	Version string
	Dir     string
	Replace *Module
}

// Error is why go list could not load a package.
type Error struct {
	ImportStack []string
	Pos         string
	Err         string
}

// Decode reads the stream of packages that go list prints. Packages that could not be loaded are returned as one error
// that names each with the imports that lead to it.
func Decode(r io.Reader) ([]Package, error) {
	var (
		packages []Package
		mistakes diag.List
	)
	for d := json.NewDecoder(r); ; {
		var p Package
		if err := d.Decode(&p); err == io.EOF {
			return packages, mistakes.Err()
		} else if err != nil {
			return nil, fmt.Errorf("reading the output of go list: %w", err)
		}
		if p.Error != nil {
			mistakes.Addf(diag.Range{}, "%s", p.Error.describe(p.ImportPath))
			continue
		}
		packages = append(packages, p)
	}
}

func (e *Error) describe(importPath string) string {
	text := strings.TrimSpace(e.Err)
	if !strings.Contains(text, importPath) {
		text = importPath + ": " + text
	}
	if len(e.ImportStack) > 1 {
		text += " (imported through " + strings.Join(e.ImportStack[:len(e.ImportStack)-1], " → ") + ")"
	}
	return text
}

// UsesCgo tells whether the package has files that import "C".
func (p Package) UsesCgo() bool {
	return len(p.CgoFiles) > 0 || len(p.SwigFiles) > 0 || len(p.SwigCXXFiles) > 0
}

// Inputs lists the files that building the package reads.
func (p Package) Inputs() []string {
	return slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles,
		p.SwigFiles, p.SwigCXXFiles, p.SysoFiles, p.EmbedFiles)
}

// Summary is analysis.json: what the plan and the SBOM need to know of the closure.
type Summary struct {
	// Modules are the modules that packages come from, by path.
	Modules []ModuleUse `json:"modules"`
	// Cgo lists the packages outside the standard library that use cgo.
	Cgo []string `json:"cgo,omitempty"`
}

// ModuleUse is a module and the packages of it that are built.
type ModuleUse struct {
	Path     string   `json:"path"`
	Version  string   `json:"version"`
	Packages []string `json:"packages"`
}

// Summarize groups packages by module. The order of packages does not matter.
func Summarize(packages []Package) Summary {
	uses := map[string]*ModuleUse{}
	var s Summary
	for _, p := range packages {
		if p.Standard || p.Module == nil {
			continue
		}
		if p.UsesCgo() {
			s.Cgo = append(s.Cgo, p.ImportPath)
		}
		use := uses[p.Module.Path]
		if use == nil {
			use = &ModuleUse{Path: p.Module.Path, Version: p.Module.Version}
			uses[p.Module.Path] = use
		}
		use.Packages = append(use.Packages, p.ImportPath)
	}
	slices.Sort(s.Cgo)
	for _, use := range uses {
		slices.Sort(use.Packages)
		s.Modules = append(s.Modules, *use)
	}
	slices.SortFunc(s.Modules, func(a, b ModuleUse) int { return strings.Compare(a.Path, b.Path) })
	return s
}

// Within returns name relative to dir, both absolute slash paths, and whether it lies below dir.
func Within(dir, name string) (string, bool) {
	rel, ok := strings.CutPrefix(path.Clean(name), path.Clean(dir)+"/")
	return rel, ok
}
