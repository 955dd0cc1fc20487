package analyze

import (
	"regexp"
	"slices"
	"strings"
)

// CgoPackage is a package with cgo, and what its C needs.
type CgoPackage struct {
	ImportPath string `json:"importPath"`
	// Through are the packages that lead to it, the first of which the module imports itself.
	Through []string `json:"through,omitempty"`
	// CXX says that it has C++.
	CXX bool `json:"cxx,omitempty"`
	// PkgConfig names the packages of its #cgo pkg-config lines.
	PkgConfig []string `json:"pkgConfig,omitempty"`
	// MuslTag says that its files ask for the build tag musl.
	MuslTag bool `json:"muslTag,omitempty"`
	// Odd are flags of its #cgo lines that reach beyond compiling and linking C; see [odd].
	Odd []string `json:"odd,omitempty"`
}

// CgoUses describes the packages with cgo outside of the standard library, sorted. muslTag tells of a package whether its files
// ask for the tag musl.
func (c Closure) CgoUses(muslTag func(Package) bool) []CgoPackage {
	var uses []CgoPackage
	for _, p := range c.Packages {
		if p.Standard || !p.UsesCgo() {
			continue
		}
		uses = append(uses, CgoPackage{
			ImportPath: p.ImportPath,
			Through:    c.through(p.ImportPath),
			CXX:        len(p.CXXFiles)+len(p.SwigCXXFiles) > 0,
			PkgConfig:  slices.DeleteFunc(slices.Clone(p.CgoPkgConfig), func(s string) bool { return strings.HasPrefix(s, "-") }),
			MuslTag:    muslTag(p),
			Odd:        odd(slices.Concat(p.CgoCFLAGS, p.CgoCPPFLAGS, p.CgoCXXFLAGS, p.CgoLDFLAGS)),
		})
	}
	slices.SortFunc(uses, func(a, b CgoPackage) int { return strings.Compare(a.ImportPath, b.ImportPath) })
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

// oddFlags name programs or files to the compiler and the linker, or say where the program looks for libraries when it runs.
// cmd/go refuses most of them by itself (cmd/go/internal/work, security.go).
var oddFlags = regexp.MustCompile(`^(@|-B|-fplugin|-wrapper|-specs|-?-sysroot|-isysroot|-target|-x|-Wl,-rpath|-Wl,-R|-Wl,.*dynamic-linker|-Wl,-(T|I)\b|-Wl,--just-symbols|-Wl,.*execstack)`)

func odd(flags []string) []string {
	found := slices.DeleteFunc(slices.Clone(flags), func(f string) bool {
		return !oddFlags.MatchString(f) || strings.HasPrefix(f, "-Wl,-z,noexecstack") || strings.HasPrefix(f, "-Wl,-rpath-link")
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// CgoMatters tells whether some package outside of the standard library may have other files with cgo, without which it was
// listed. asks tells it of a package that has files which were left out.
func (c Closure) CgoMatters(asks func(Package) bool) bool {
	return len(c.NeedsCgo) > 0 || slices.ContainsFunc(c.Packages, func(p Package) bool {
		return !p.Standard && (p.UsesCgo() || len(p.IgnoredGoFiles) > 0 && asks(p))
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
