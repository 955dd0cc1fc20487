package llb

import (
	"slices"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// compile is the vertex that links the programs. Its GOCACHE starts from the layer of compiled dependencies: a fresh
// machine that imported it compiles the module's own packages only. Unless the cache is isolated, those of earlier builds here are
// kept, so that the next one compiles only what changed.
func (b *Builder) compile(p *plan.Plan, img plan.Image, src Sources, found analysis, root Tree) *vertex {
	req := request.Compile{
		Build:      buildRequest(p, img),
		Main:       p.Main.ImportPath,
		Path:       p.ProgramPath(),
		LDFlags:    p.LinkFlags(img, p.Main),
		ExtLDFlags: p.ExternalFlags(img),
		VCS:        p.Stamp.VCS,
	}
	for _, m := range p.Beside {
		req.Beside = append(req.Beside, request.Linked{Main: m.ImportPath, Path: p.PathOf(m), LDFlags: p.LinkFlags(img, m)})
	}
	mounts := slices.Concat(
		b.toolchain(&p.Draft, src).mounts(),
		found.packages(&p.Draft, img),
		b.summary(&p.Draft, img, found),
		keptCache("own", p, img),
		slots(p),
		[]mount{
			reading(request.Source, b.compileSources(&p.Draft, img, src)),
			mount{At: request.GoCache, Use: spoils, From: b.dependencies(p, img, src, found, root)}.byOrigin(),
			out, said,
		})
	if img.OwnC() {
		mounts = append(mounts, reading(request.Included, b.includes(img, src).files))
	}
	return b.run(namedFor(img.Target, request.StageCompile, "go build %s", p.ImportPaths()), step{Request: req, Root: root, Mounts: mounts})
}
