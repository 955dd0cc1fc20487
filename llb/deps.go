package llb

import (
	"slices"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// dependencies compiles everything that the image imports from outside of the module, into a GOCACHE, a layer over the other.
func (b *Builder) dependencies(p *plan.Plan, img plan.Image, src Sources, found analysis, root Tree) (cache Tree) {
	build := buildRequest(p, img)
	if img.Common != "" {
		cache = b.common(p, img, src, build, root)
	}
	// Third-party packages come before the standard packages that only the module's own code imports, so that an import of another
	// standard package leaves the large layer alone.
	mounts := slices.Concat([]mount{reading(request.Source, b.depsSources(&p.Draft, src, p.Main.PGO))}, found.packages(&p.Draft, img),
		keptCache("deps", p, img), turn(p, img))
	thirdParty, standard := img.Compiled()
	for _, layer := range []struct {
		what    string
		imports []string
	}{{"third-party packages", thirdParty}, {"standard packages", analyze.BeyondCommon(img.Common, standard)}} {
		if len(layer.imports) > 0 {
			cache = b.packages(p, img, src, layer.what, request.Deps{Build: build, Imports: layer.imports}, root, mounts, cache)
		}
	}
	return cache
}

// common compiles what most programs have in them. The vertex knows of no module, so all modules of a daemon share its layer, and so do all
// exported caches of the same Go, platform and flags. It takes nothing that a cache mount keeps: whoever can write to that of one module, or
// names a seed for it, would have a say in all others, in every namespace.
func (b *Builder) common(p *plan.Plan, img plan.Image, src Sources, build request.Build, root Tree) Tree {
	build.Root, build.Work, build.Vendor = "", false, false
	imports := []string{img.Common}
	if img.Cgo != nil {
		imports = append(imports, "runtime/cgo") // all C comes with it
	}
	return b.packages(p, img, src, "standard packages for all modules", request.Deps{Build: build, Imports: imports}, root, nil, Tree{})
}

// packages is a vertex that compiles packages into a layer over a GOCACHE. They are in mounts, unless they are Go's.
func (b *Builder) packages(p *plan.Plan, img plan.Image, src Sources, what string, req request.Deps, root Tree, mounts []mount, cache Tree) Tree {
	return b.run(namedFor(img.Target, request.StageDeps, "compile %s", what), step{
		Request: req,
		Root:    root,
		Mounts: slices.Concat(
			[]mount{b.toolchain(&p.Draft, src).mount(), mount{At: request.GoCache, Use: gives, From: cache}.byOrigin()},
			mounts, slots(p)),
	}).at(request.GoCache)
}

// keptCache mounts the compiled packages of earlier builds of the module, unless the build is to trust none. kind keeps those
// of the dependencies and the module's own apart.
func keptCache(kind string, p *plan.Plan, img plan.Image) []mount {
	if p.Cache.Isolated {
		return nil
	}
	return []mount{{At: request.KeptCache, Use: keeps, Cache: compileCacheID(kind, p, img)}}
}

// turn has builds of several programs of a module for one platform compile what these import one after the other: each finds what the
// one before has kept, where side by side all would compile the same. A compile of packages uses all processors by itself.
func turn(p *plan.Plan, img plan.Image) []mount {
	if p.Cache.Isolated {
		return nil // nothing is kept
	}
	return []mount{{At: request.Turn, Use: waits, Cache: compileCacheID("turn", p, img)}}
}

// slots has the steps that compile a module know of one another, for all platforms and programs. Those of other modules do not wait for
// them: a bump of one would for the first build of another. Nothing is in the mount that a build reads, and yet an isolated one has no mount
// that another can write to.
func slots(p *plan.Plan) []mount {
	if p.Cache.Isolated {
		return nil
	}
	return []mount{{At: request.Slots, Use: keeps, Cache: cacheID("slots", p.Cache.Namespace, p.Source.Module())}}
}

// listRequest is what cmd/go is told to list packages.
func listRequest(d *plan.Draft, img plan.Image) request.Build {
	return request.Build{Target: img.Target, Root: d.Source.Root, Work: d.Source.Work, Vendor: d.Source.Vendor, Tags: d.Flags.Tags, Env: d.Flags.Env}
}

// buildRequest is what deps and compile tell cmd/go, in one place: a difference would compile everything twice.
func buildRequest(p *plan.Plan, img plan.Image) request.Build {
	build := listRequest(&p.Draft, img)
	build.Flags, build.PGO, build.Cgo = p.BuildFlags(img), p.Main.PGO, cgoRequest(p, img)
	return build
}
