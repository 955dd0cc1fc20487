// Package analyze reads what `go list -deps -json` says about the outgoing imports of a module on one platform: which
// packages they pull in, from which modules, and which of their files a build reads.
//
// It is pure: it takes the output of go list and returns data.
package analyze

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
)

// Fields are the fields of a package that [Decode] reads, as go list's -json flag takes them.
const Fields = "ImportPath,Dir,Standard,Module,Imports,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles," +
	"SwigCXXFiles,SysoFiles,EmbedFiles,IgnoredGoFiles,CgoCFLAGS,CgoCPPFLAGS,CgoCXXFLAGS,CgoLDFLAGS,CgoPkgConfig,Error"

// Package is one package of the closure, with the fields that `go list -json` has for it (cmd/go, "List packages or modules").
// File names are relative to Dir.
type Package struct {
	ImportPath string
	// Dir is an absolute path.
	Dir string
	// Standard says that it is of Go's standard library, and has no Module.
	Standard bool
	// Imports are the import paths of what its files for the target import.
	Imports []string
	// Module is nil for a package of the standard library, and for one that was not found.
	Module *Module
	// Error is nil for a package that was loaded.
	Error *Error

	// The files that a build for the target reads, by kind.
	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles []string
	SwigFiles, SwigCXXFiles, SysoFiles, EmbedFiles                      []string

	// IgnoredGoFiles are left out by build constraints, or because they have cgo and that is off.
	IgnoredGoFiles []string
	// The flags and packages of #cgo lines.
	CgoCFLAGS, CgoCPPFLAGS, CgoCXXFLAGS, CgoLDFLAGS, CgoPkgConfig []string
}

// Module is the module that a package comes from.
type Module struct {
	Path string
	// Version is "" for a main module, and for a replacement that is a directory.
	Version string
	// Dir is the absolute path of its files, or "" where they are not there.
	Dir string
	// Replace is the module whose code is used in its place, or nil.
	Replace *Module
}

// Error is why go list could not load a package.
type Error struct {
	// ImportStack is the way to the package, from one that was asked for.
	ImportStack []string
	// Pos is the place of the import, as file:line:column, or "".
	Pos string
	Err string
}

// Closure is what a list of imports pulls in.
type Closure struct {
	// Imports is the list.
	Imports []string
	// Packages are those that were loaded, each after the ones that it imports.
	Packages []Package
	// NeedsCgo are packages that have no files without cgo.
	NeedsCgo []string
	// Reached are packages of the own modules that others import. They are not loaded here: their source is not.
	Reached []string
	// Failed are those that the error of Decode tells of.
	Failed []string
}

// Of is what some of the imports pull in.
func (c Closure) Of(imports []string) Closure {
	reached := map[string]bool{}
	for _, imp := range imports {
		reached[imp] = true
	}
	in := func(imp string) bool { return reached[imp] }
	part := Closure{Imports: imports}
	for _, p := range slices.Backward(c.Packages) { // importers come after what they import
		if !in(p.ImportPath) {
			continue
		}
		part.Packages = append(part.Packages, p)
		for _, imp := range p.Imports {
			reached[imp] = true
		}
	}
	slices.Reverse(part.Packages)
	for _, list := range []struct{ from, to *[]string }{{&c.NeedsCgo, &part.NeedsCgo}, {&c.Reached, &part.Reached}, {&c.Failed, &part.Failed}} {
		for _, imp := range *list.from {
			if in(imp) {
				*list.to = append(*list.to, imp)
			}
		}
	}
	return part
}

// Decode reads the stream of packages that go list prints; own are the paths of the modules whose source is not there.
// Packages that could not be loaded are returned as one error that names each with the imports that lead to it. needsCgo tells of a
// package without files whether it may have some with cgo: then it is no mistake, and in NeedsCgo. It may be nil.
func Decode(r io.Reader, own []string, needsCgo func(Package) bool) (Closure, error) {
	var (
		c        Closure
		mistakes diag.List
	)
	for d := json.NewDecoder(r); ; {
		var p Package
		switch err := d.Decode(&p); {
		case err == io.EOF:
			slices.Sort(c.Reached)
			return c, mistakes.Err()
		case err != nil:
			return Closure{}, fmt.Errorf("reading the output of go list: %w", err)
		case p.Error == nil:
			c.Packages = append(c.Packages, p)
		case inModules(p.ImportPath, own):
			c.Reached = append(c.Reached, p.ImportPath)
		case needsCgo != nil && len(p.IgnoredGoFiles) > 0 && needsCgo(p):
			c.NeedsCgo = append(c.NeedsCgo, p.ImportPath)
		default:
			c.Failed = append(c.Failed, p.ImportPath)
			mistakes.Addf(diag.Range{}, "%s", p.Error.describe(p.ImportPath)).Help = p.Error.help(p.ImportPath)
		}
	}
}

func inModules(importPath string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		_, ok := gomod.CutPath(importPath, m)
		return ok
	})
}

// lookupDisabled is how cmd/go begins to say that no module of the build list has a package (modload: ImportMissingError).
const lookupDisabled = "cannot find module providing package "

func (e *Error) describe(importPath string) string {
	text := strings.TrimSpace(e.Err)
	if strings.HasPrefix(text, lookupDisabled) {
		text = "no required module provides package " + importPath
	}
	if !strings.Contains(text, importPath) {
		text = importPath + ": " + text
	}
	through := e.ImportStack
	if n := len(through); n > 0 && through[n-1] == importPath { // there if the package was found, and is broken
		through = through[:n-1]
	}
	if len(through) > 0 {
		text += " (imported through " + strings.Join(through, " → ") + ")"
	}
	return text
}

// help is for a requirement that go.mod lacks.
func (e *Error) help(importPath string) string {
	if !strings.HasPrefix(strings.TrimSpace(e.Err), lookupDisabled) {
		return ""
	}
	return "run: go get " + importPath
}

// UsesCgo tells whether the package has files that import "C".
func (p Package) UsesCgo() bool {
	return len(p.CgoFiles) > 0 || len(p.SwigFiles) > 0 || len(p.SwigCXXFiles) > 0
}

// NeedsC tells whether the package imports one of the standard library that is nothing without C.
func (p Package) NeedsC() bool { return slices.ContainsFunc(p.Imports, ctoolchain.NeedsC) }

// Inputs lists the files that building the package reads.
func (p Package) Inputs() []string {
	return slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles,
		p.SwigFiles, p.SwigCXXFiles, p.SysoFiles, p.EmbedFiles)
}

// common are the standard packages that modules share a layer of, with all below them: the largest first, of which one is in most programs,
// with 180 of some 220 packages, and the other in nearly all that are without it, with 60. Above are some that import it and below some
// that it imports, as Go 1.26 has them: one that is not known costs a layer or a step, and no more.
var common = []struct {
	importPath   string
	above, below []string
}{
	{
		importPath: "net/http",
		above: []string{"expvar", "net/http/cgi", "net/http/cookiejar", "net/http/fcgi", "net/http/httptest", "net/http/httputil", "net/http/pprof", "net/rpc",
			"net/rpc/jsonrpc"},
		below: []string{"bufio", "bytes", "context", "crypto/tls", "errors", "fmt", "io", "io/fs", "log", "net", "net/url", "os", "path", "path/filepath",
			"reflect", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "time"},
	},
	{
		importPath: "fmt",
		above: []string{"compress/gzip", "database/sql", "encoding/csv", "encoding/hex", "encoding/json", "encoding/xml", "flag", "html/template", "log", "log/slog",
			"math/big", "net/url", "os/user", "runtime/debug", "testing", "text/tabwriter", "text/template"},
		below: []string{"errors", "io", "io/fs", "math", "os", "path", "reflect", "runtime", "slices", "strconv", "sync", "sync/atomic", "time", "unicode/utf8"},
	},
}

// Common is the largest standard package that modules share a layer of and that is among the imports, or below one of them; "" is none.
func Common(imports ...string) string {
	for _, c := range common {
		if slices.ContainsFunc(imports, func(imp string) bool { return imp == c.importPath || slices.Contains(c.above, imp) }) {
			return c.importPath
		}
	}
	return ""
}

// BeyondCommon are the imports, of the standard library, that the layer of a package may be without.
func BeyondCommon(importPath string, imports []string) []string {
	for _, c := range common {
		if c.importPath == importPath {
			return slices.DeleteFunc(slices.Clone(imports), func(imp string) bool { return imp == c.importPath || slices.Contains(c.below, imp) })
		}
	}
	return imports
}

// Summary is analysis.json: what the plan and the SBOM need to know of the closure.
type Summary struct {
	// Modules are the modules that packages come from, by path.
	Modules []ModuleUse `json:"modules,omitempty"`
	// Cgo lists the packages outside the standard library that use cgo, or need it though it is off; CgoMatters says that without cgo,
	// others may.
	Cgo        []ctoolchain.Use `json:"cgo,omitempty"`
	CgoMatters bool             `json:"cgoMatters,omitempty"`
	// Syso lists .syso files, as import path and name.
	Syso []string `json:"syso,omitempty"`
	// Common is [Common] of the closure.
	Common string `json:"common,omitempty"`
	// Apart are targets that were listed together with others and must be listed by themselves, by [scan.JoinMains]; then nothing else is said.
	Apart []string `json:"apart,omitempty"`
	// Reached are packages of the own modules that other modules import.
	Reached []string `json:"reached,omitempty"`
	// Roots are the packages that can be compiled without the own modules and that pull in all others of which this is
	// true. Without Reached these are the imports themselves, and Roots is empty.
	Roots []string `json:"roots,omitempty"`
}

// ModuleUse is a module and the packages of it that are built.
type ModuleUse struct {
	// Path and Version are those of go.mod, also where another module replaces it.
	Path    string `json:"path"`
	Version string `json:"version"`
	// Packages are import paths.
	Packages []string `json:"packages"`
	// License is the SPDX expression of a vendored module's license files, or "". Of others LicenseTexts names the files in what step
	// modules gave.
	License      string   `json:"license,omitempty"`
	LicenseTexts []string `json:"licenseTexts,omitempty"`
}

// Summary describes the closure without its cgo, for which the files must be looked at.
func (c Closure) Summary() Summary {
	s := Summary{Reached: c.Reached, Modules: moduleUses(c.Packages), Syso: c.sysos()}
	imports := make([]string, len(c.Packages))
	for i, p := range c.Packages {
		imports[i] = p.ImportPath
	}
	s.Common = Common(imports...)
	if len(c.Reached) > 0 {
		s.Roots = c.independent()
	}
	return s
}

// independent gives the packages outside of the standard library that reach no own package and that no other such package
// imports.
func (c Closure) independent() []string {
	dependent := map[string]bool{}
	for _, imp := range c.Reached {
		dependent[imp] = true
	}
	imported := map[string]bool{}
	for _, p := range c.Packages { // imports come before importers
		if slices.ContainsFunc(p.Imports, func(imp string) bool { return dependent[imp] }) {
			dependent[p.ImportPath] = true
			continue
		}
		for _, imp := range p.Imports {
			imported[imp] = true
		}
	}
	var roots []string
	for _, p := range c.Packages {
		if !p.Standard && !dependent[p.ImportPath] && !imported[p.ImportPath] {
			roots = append(roots, p.ImportPath)
		}
	}
	slices.Sort(roots)
	return roots
}

func moduleUses(packages []Package) []ModuleUse {
	byPath := map[string]*ModuleUse{}
	for _, p := range packages {
		if p.Standard || p.Module == nil {
			continue
		}
		use := byPath[p.Module.Path]
		if use == nil {
			use = &ModuleUse{Path: p.Module.Path, Version: p.Module.Version}
			byPath[p.Module.Path] = use
		}
		use.Packages = append(use.Packages, p.ImportPath)
	}
	var uses []ModuleUse
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		slices.Sort(byPath[path].Packages)
		uses = append(uses, *byPath[path])
	}
	return uses
}
