package analyze

import (
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
)

// CgoUses describes the packages outside of the standard library that have C or need it, sorted. look adds what their files tell and go
// list does not: MuslTag, Stub, Only, and the places of Flags and Std.
func (c Closure) CgoUses(look func(Package, *ctoolchain.Use)) []ctoolchain.Use {
	var uses []ctoolchain.Use
	for _, p := range c.Packages {
		if p.Standard || !p.UsesCgo() && !p.NeedsC() {
			continue
		}
		use := ctoolchain.Use{ImportPath: p.ImportPath, Through: c.through(p.ImportPath)}
		if p.UsesCgo() {
			use.CXX = len(p.CXXFiles)+len(p.SwigCXXFiles) > 0
			use.Swig = ctoolchain.FirstFile(p.ImportPath, p.SwigFiles, p.SwigCXXFiles)
			use.Fortran = ctoolchain.FirstFile(p.ImportPath, p.FFiles)
			use.PkgConfig = slices.DeleteFunc(slices.Clone(p.CgoPkgConfig), func(s string) bool { return strings.HasPrefix(s, "-") })
			for _, flag := range ctoolchain.NotableFlags(slices.Concat(p.CgoCFLAGS, p.CgoCPPFLAGS, p.CgoCXXFLAGS, p.CgoLDFLAGS)) {
				use.Flags = append(use.Flags, ctoolchain.Flag{Flag: flag})
			}
		}
		for _, imp := range p.Imports {
			if imp == ctoolchain.Plugin || imp == ctoolchain.RuntimeCgo && !p.UsesCgo() { // go list adds runtime/cgo to what imports "C"
				use.Std = append(use.Std, ctoolchain.Import{Path: imp})
			}
		}
		look(p, &use)
		uses = append(uses, use)
	}
	slices.SortFunc(uses, func(a, b ctoolchain.Use) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return uses
}

// through gives a shortest way to a package from the imports that were asked for, without the package itself.
func (c Closure) through(importPath string) []string {
	before := map[string]string{}
	queue := slices.Clone(c.Imports)
	for _, imp := range queue {
		before[imp] = ""
	}
	imports := map[string][]string{}
	for _, p := range c.Packages {
		imports[p.ImportPath] = p.Imports
	}
	for len(queue) > 0 && queue[0] != importPath {
		for _, imp := range imports[queue[0]] {
			if _, seen := before[imp]; !seen {
				before[imp] = queue[0]
				queue = append(queue, imp)
			}
		}
		queue = queue[1:]
	}
	var way []string
	for at := before[importPath]; at != ""; at = before[at] {
		way = append(way, at)
	}
	slices.Reverse(way)
	return way
}

// CgoMatters tells whether some package outside of the standard library may have other files with cgo, without which it was
// listed. asks tells it of a package that has files which were left out.
func (c Closure) CgoMatters(asks func(Package) bool) bool {
	return len(c.NeedsCgo) > 0 || slices.ContainsFunc(c.Packages, func(p Package) bool {
		return !p.Standard && (p.UsesCgo() || p.NeedsC() || len(p.IgnoredGoFiles) > 0 && asks(p))
	})
}

// sysos lists the .syso files of packages outside of the standard library: machine code that is linked as it is.
func (c Closure) sysos() []string {
	var found []string
	for _, p := range c.Packages {
		for _, name := range p.SysoFiles {
			if !p.Standard {
				found = append(found, p.ImportPath+"/"+name)
			}
		}
	}
	slices.Sort(found)
	return found
}
