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
	mounts := append([]mount{reading(request.Source, b.depsSources(&p.Draft, src, p.Main.PGO))}, found.packages(&p.Draft, img)...)
	ofGo, mountsOfGo := build, mounts
	if build.PGO == "" { // which takes part in the compile of every package
		ofGo.Work, ofGo.Vendor, mountsOfGo = false, false, nil
	}
	if img.Common {
		// What most programs have in them comes first. The step knows of no module, so all modules of a daemon share its layer, and so do all
		// exported caches of the same Go, platform and flags.
		cache = b.packages(p, img, "standard packages for all modules", request.Deps{Build: ofGo, Imports: []string{analyze.Common}}, root, mountsOfGo, cache)
	}
	thirdParty, standard := img.Compiled()
	if len(thirdParty) > 0 {
		cache = b.packages(p, img, "third-party packages", request.Deps{Build: build, Imports: thirdParty}, root, mounts, cache)
	}
	if len(standard) > 0 {
		// Last, so that an import of another standard package leaves the large layer alone.
		cache = b.packages(p, img, "standard packages", request.Deps{Build: ofGo, Imports: standard}, root, mountsOfGo, cache)
	}
	return cache
}

// packages is a vertex that compiles packages into a layer over a GOCACHE. They are in mounts, unless they are Go's.
func (b *Builder) packages(p *plan.Plan, img plan.Image, what string, req request.Deps, root Tree, mounts []mount, cache Tree) Tree {
	return b.run(namedFor(img.Target, request.StageDeps, "compile %s", what), step{
		Request: req,
		Root:    root,
		Mounts: slices.Concat(
			[]mount{b.toolchain(&p.Draft).mount(), mount{At: request.GoCache, Use: gives, From: cache}.byOrigin()},
			mounts, keptCache("deps", p, img), turn(p, img), slots(p)),
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
	return request.Build{Target: img.Target, Work: d.Source.Work, Vendor: d.Source.Vendor, Tags: d.Flags.Tags, Env: d.Flags.Env}
}

// buildRequest is what deps and compile tell cmd/go, in one place: a difference would compile everything twice.
func buildRequest(p *plan.Plan, img plan.Image) request.Build {
	build := listRequest(&p.Draft, img)
	build.Flags, build.PGO, build.Cgo = p.BuildFlags(img), p.Main.PGO, cgoRequest(p, img)
	return build
}
