package llb

import (
	"path"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// analyze is the vertex that lists the closures of the outgoing imports and keeps their files only. It serves every platform:
// they share most of the files, and to unpack those takes longer than to list them.
func analyze(h Host, p *plan.Plan, src Sources, goroot toolchain) (llb.State, error) {
	opts := runOptions{goroot.mount(), readOnly(request.Source, src.deps(p))}
	if p.Source.Download {
		fetched, err := modules(h, p, src, goroot)
		if err != nil {
			return llb.State{}, err
		}
		opts = append(opts, readOnly(request.Fetched, fetched, keyedByOrigin()))
	}
	req := request.Analyze{Own: p.OwnModules()}
	for _, img := range p.Images {
		req.Images = append(req.Images, outgoing(p, img))
	}
	e, err := h.run(StageAnalyze, req, named(StageAnalyze, "list what %s imports from other modules", p.Main.ImportPath), opts)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

func outgoing(p *plan.Plan, img plan.Image) request.Imports {
	imports := request.Imports{Build: buildRequest(p, img), Imports: img.External, CgoOff: img.CgoOff}
	if imports.Build.Cgo != nil {
		imports.Build.Cgo = &request.Cgo{} // with what C is compiled is not known yet, and changes no list
	}
	return imports
}

// packageFiles gives the mounts of the files of other modules that the image needs, if it needs any.
func packageFiles(p *plan.Plan, img plan.Image, analyzed llb.State) runOptions {
	dest, dir := request.ModCache, "modcache"
	switch {
	case !p.NeedsAnalysis():
		return nil
	case p.Source.Vendor:
		dest, dir = request.Vendor, "vendor"
	}
	return runOptions{readOnly(dest, analyzed, llb.SourcePath(path.Join("/", request.AnalyzedDir(img.Target), dir)))}
}
