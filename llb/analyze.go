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
func analyze(h Host, d *plan.Draft, src Sources, goroot toolchain) (analysis, error) {
	opts := runOptions{goroot.mount(), readOnly(request.Source, src.deps(d, ""))} // a profile changes no list
	if d.Source.Download {
		fetched, err := modules(h, d, src)
		if err != nil {
			return analysis{}, err
		}
		opts = append(opts, readOnly(request.Fetched, fetched, keyedByOrigin()))
	}
	req := request.Analyze{Table: d.Source.Table}
	for _, img := range d.Images {
		req.Images = append(req.Images, outgoing(d, img))
	}
	e, err := h.run(req, named(request.StageAnalyze, "list what %s imports from other modules", d.Main.ImportPath), opts)
	if err != nil {
		return analysis{}, err
	}
	return analysis{files: output(e), said: e.AddMount(request.Said, llb.Scratch())}, nil
}

func outgoing(d *plan.Draft, img plan.Image) request.Imports {
	build := listRequest(d, img)
	if img.Cgo != nil {
		build.Cgo = &request.Cgo{} // with what C is compiled is not known yet, and changes no list
	}
	return request.Imports{Build: build, Imports: img.External, CgoOff: img.CgoOff}
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
