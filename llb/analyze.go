package llb

import (
	"path"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// analysis is what the vertex gives: the files of packages, and what it says of them. That is apart because the frontend reads it
// before it can make the rest of the graph: a machine that imported the cache should not have to pull the files for it first.
type analysis struct{ files, said llb.State }

// analyze is the vertex that lists the closures of the outgoing imports and keeps their files only. It serves every platform:
// they share most of the files, and to unpack those takes longer than to list them.
func analyze(h Host, p *plan.Plan, src Sources, goroot toolchain) (analysis, error) {
	opts := runOptions{goroot.mount(), readOnly(request.Source, src.deps(p, ""))} // a profile changes no list
	if p.Source.Download {
		fetched, err := modules(h, p, src)
		if err != nil {
			return analysis{}, err
		}
		opts = append(opts, readOnly(request.Fetched, fetched, keyedByOrigin()))
	}
	req := request.Analyze{Own: p.Source.InContext()}
	for _, img := range p.Images {
		req.Images = append(req.Images, outgoing(p, img))
	}
	e, err := h.run(req, named(request.StageAnalyze, "list what %s imports from other modules", p.Main.ImportPath), opts)
	if err != nil {
		return analysis{}, err
	}
	return analysis{files: output(e), said: e.AddMount(request.Said, llb.Scratch())}, nil
}

func outgoing(p *plan.Plan, img plan.Image) request.Imports {
	build := buildRequest(p, img)
	imports := request.Imports{Imports: img.External, CgoOff: img.CgoOff,
		Build: request.Build{Target: build.Target, Work: build.Work, Vendor: build.Vendor, Tags: build.Tags, Env: build.Env}}
	if build.Cgo != nil {
		imports.Build.Cgo = &request.Cgo{} // with what C is compiled is not known yet, and changes no list
	}
	return imports
}

// packages gives the mounts of the files of other modules that the image needs, if it needs any.
func (a analysis) packages(p *plan.Plan, img plan.Image) runOptions {
	dest, dir := request.ModCache, "modcache"
	switch {
	case !p.NeedsAnalysis():
		return nil
	case p.Source.Vendor:
		dest, dir = request.Vendor, "vendor"
	}
	return runOptions{readOnly(dest, a.files, llb.SourcePath(path.Join("/", request.AnalyzedDir(img.Target), dir)))}
}

// summary mounts what was said where nobody reads it: what is no part of an image's graph is not exported with its cache.
func (a analysis) summary(p *plan.Plan, img plan.Image) runOptions {
	if !p.NeedsAnalysis() {
		return nil
	}
	return runOptions{readOnly(request.Analysis, a.said, llb.SourcePath(path.Join("/", request.AnalyzedDir(img.Target))))}
}
