package scan

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
)

// follow loads all own packages that some command reaches on some target, one level of imports after the other.
func (s *survey) follow(mains []Main) {
	seen := make(map[string]bool)
	var level []string
	for _, m := range mains {
		seen[m.Dir] = true
		level = append(level, m.Dir)
	}
	for _, imp := range s.request.Reached {
		if r := s.resolve(imp); r.kind == own && !seen[r.dir] {
			seen[r.dir] = true
			level = append(level, r.dir)
		}
	}
	for len(level) > 0 {
		imports := make([]map[string]bool, len(level))
		parallel(level, func(i int, dir string) {
			imports[i] = make(map[string]bool)
			for _, p := range s.loader.load(dir) {
				for _, imp := range p.imports {
					imports[i][imp] = true
				}
			}
		})
		level = nil
		for _, set := range imports {
			for imp := range set {
				if r := s.resolve(imp); r.kind == own && !seen[r.dir] {
					seen[r.dir] = true
					level = append(level, r.dir)
				}
			}
		}
	}
}

func (s *survey) closeImages(mains []Main) {
	for _, m := range mains {
		images := make(map[string]Image)
		for i, p := range s.platforms {
			if slices.Contains(m.Targets, p.name) {
				images[p.name] = s.closeImage(m, i)
			}
		}
		if s.result.Images == nil {
			s.result.Images = make(map[string]map[string]Image)
		}
		s.result.Images[m.ImportPath] = images
	}
}

// closeImage collects what a command reaches on one platform.
func (s *survey) closeImage(m Main, platform int) Image {
	c := s.closure(m, platform, func(f fault) { s.found.add(LevelError, f, s.platforms[platform].name) })
	vars, kept := s.wellKnownVars(c.packages[m.ImportPath])
	img := Image{
		Dir:      m.Dir,
		Packages: slices.SortedFunc(maps.Values(c.packages), func(a, b Package) int { return cmp.Compare(a.ImportPath, b.ImportPath) }),
		Std:      c.std.sorted(),
		External: c.external.sorted(),

		CgoMatters: c.cgoMatters,

		Vars:        vars,
		Kept:        kept,
		Unstampable: s.unstampable(m, c.packages),
	}
	c.addProfile(&img)
	return img
}

// closure follows what a command imports.
func (s *survey) closure(m Main, platform int, report func(fault)) *closure {
	c := &closure{survey: s, platform: platform, packages: make(map[string]Package), std: make(set), external: make(set), report: report}
	c.visit(m.ImportPath, m.Dir)
	c.visitReached()
	return c
}

// addProfile looks for a profile in the command's folder. One that is not what its name says would quietly give another program.
func (c *closure) addProfile(img *Image) {
	l := c.tree.list(img.Dir)
	switch {
	case l.pgo == nil:
		return
	case l.pgo.broken != nil:
		c.report(brokenLink(l.pgo))
		return
	case l.pgo.isPointer(c.tree):
		c.report(pointer(path.Join(img.Dir, defaultPGO)))
		return
	}
	img.PGO = true
	img.PGOFiles = sortedSet(slices.Concat(l.links, []string{path.Join(l.dir, defaultPGO)}, l.pgo.links, []string{l.pgo.path}))
}

type set map[string]bool

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// closure is an image in the making.
type closure struct {
	*survey
	platform      int
	packages      map[string]Package
	std, external set
	cgoMatters    bool
	// report takes what is wrong with a package.
	report func(fault)
}

// use is what the package needs of C.
func (p *pkg) use(importPath string) *ctoolchain.Use {
	if !p.cgo && len(p.c.Std) == 0 {
		return nil
	}
	use := p.c
	use.ImportPath, use.Own = importPath, true
	return &use
}

func (c *closure) visit(importPath, dir string) {
	p := c.loader.load(dir)[c.platform]
	for _, f := range p.faults {
		c.report(f)
	}
	var embedsAt []diag.Range
	for _, pattern := range p.embeds {
		embedsAt = append(embedsAt, at(p.at["embed "+pattern]))
		if !validEmbed(strings.TrimPrefix(pattern, "all:")) {
			c.report(fault{Range: at(p.at["embed "+pattern]), msg: fmt.Sprintf("invalid pattern %q in go:embed", pattern)})
		}
	}
	real := p.dir
	if real == dir {
		real = ""
	}
	c.packages[importPath] = Package{ImportPath: importPath, Dir: dir, Real: real, Links: p.links, Files: p.files, Included: p.included,
		EmbedPatterns: p.embeds, EmbedsAt: embedsAt, Cgo: p.cgo, C: p.use(importPath)}
	c.cgoMatters = c.cgoMatters || slices.Contains(p.consulted, "cgo") || len(p.c.Std) > 0
	if p.cgo {
		c.std["runtime/cgo"], c.std["syscall"] = true, true // what cgo's output imports, see load of cmd/go/internal/load
	}
	for _, imp := range p.imports {
		c.add(imp, p)
	}
}

// visitReached adds the own packages that other modules import. One that this platform lacks is the importer's mistake, if it
// is one: cmd/go knows.
func (c *closure) visitReached() {
	for _, imp := range c.request.Reached {
		r := c.resolve(imp)
		if _, seen := c.packages[imp]; seen || r.kind != own {
			continue
		}
		if c.loader.load(r.dir)[c.platform].name != "" {
			c.visit(imp, r.dir)
		}
	}
}

// add puts an import of a package where it belongs.
func (c *closure) add(imp string, from *pkg) {
	r := c.resolve(imp)
	if r.fault.msg != "" {
		r.fault.Range = at(from.at[imp])
		c.report(r.fault)
	}
	switch r.kind {
	case std:
		c.std[imp] = true
	case external:
		c.external[imp] = true
	case own:
		if _, seen := c.packages[imp]; seen {
			return
		}
		if p := c.loader.load(r.dir)[c.platform]; p.name == "" && len(p.faults) == 0 {
			c.report(fault{Range: at(from.at[imp]), msg: c.whyEmpty(imp, r.dir)})
			return
		}
		c.visit(imp, r.dir)
	}
}

// whyEmpty says why a directory with Go files is no package, in the words of cmd/go.
func (c *closure) whyEmpty(imp, dir string) string {
	for _, f := range c.tree.list(dir).files {
		if strings.HasSuffix(f.name, ".go") {
			return fmt.Sprintf("build constraints exclude all Go files of %s", imp)
		}
	}
	return fmt.Sprintf("no non-test Go files in %s", imp)
}
