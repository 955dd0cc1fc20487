package llb

import (
	"slices"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// dependencies compiles everything that the image imports from outside of the module, into a GOCACHE.
func (b *Builder) dependencies(p *plan.Plan, img plan.Image, src Sources, found analysis, root Tree) (cache Tree) {
	// Third-party packages come first and the standard packages that only the module's own code imports second, so that an
	// import of another standard package leaves the large layer alone.
	thirdParty, standard := img.Compiled()
	for _, layer := range []struct {
		what    string
		imports []string
	}{{"third-party", thirdParty}, {"standard", standard}} {
		if len(layer.imports) == 0 {
			continue
		}
		mounts := append([]mount{
			b.toolchain(&p.Draft).mount(),
			reading(request.Source, b.depsSources(&p.Draft, src, p.Main.PGO)),
			mount{At: request.GoCache, Use: gives, From: cache}.byOrigin(),
		}, found.packages(&p.Draft, img)...)
		cache = b.run(namedFor(img.Target, request.StageDeps, "compile %s packages", layer.what), step{
			Request: request.Deps{Build: buildRequest(p, img), Imports: layer.imports},
			Root:    root,
			Mounts:  slices.Concat(mounts, keptCache("deps", p, img), turn(p, img), slots(p)),
		}).at(request.GoCache)
	}
	return cache
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
