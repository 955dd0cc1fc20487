package llb

import (
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// SeedImage is the image of compiled dependencies for one platform, nothing of which is taken before a vertex needs it.
func (b *Builder) SeedImage(ref string, img plan.Image) Tree {
	return b.add(namedFor(img.Target, request.StageSeed, "%s", ref), image{ref, img.Target.OCI()}).at(root)
}

// Seed is the vertex that puts the packages of a seed where the compile of the dependencies finds those of earlier builds; without a
// seed it looks whether there are such. What it says holds request.SeedFile. It runs in each build that asks for it.
//
// It is no input of that compile, whose key is the same with a seed and without: what a cache mount holds is no part of keys.
func (b *Builder) Seed(p *plan.Plan, img plan.Image, seed Tree) Tree {
	what := "look for compiled packages"
	mounts := append(keptCache("deps", p, img), said)
	if !seed.Empty() {
		what = "take compiled packages of the seed"
		mounts = append(mounts, reading(request.SeedCache, seed).byOrigin())
	}
	return b.run(namedFor(img.Target, request.StageSeed, "%s", what), step{
		Request:  request.Seed{Cache: compileCacheID("deps", p, img), Token: b.host.Token},
		Mounts:   mounts,
		NoExport: true,
	}).at(request.Said)
}
