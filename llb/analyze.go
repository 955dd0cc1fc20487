package llb

import (
	"path"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// analysis is what the vertex gives: the files of packages, and what it says of them. That is apart because the frontend reads it
// before it can make the rest of the graph: a machine that imported the cache should not have to pull the files for it first.
type analysis struct{ files, said Tree }

// Analysis is what is said by the vertex that lists what the images import from other modules: request.AnalysisFile in the
// folder request.AnalyzedDir of each platform, and in [AnalysisDir] for one of several targets.
func (b *Builder) Analysis(d *plan.Draft, src Sources) Tree { return b.analyze(d, src).said }

// analyze is the vertex that lists the closures of the outgoing imports and keeps their files only. It serves every platform:
// they share most of the files, and to unpack those takes longer than to list them. A plan that needs none has none.
func (b *Builder) analyze(d *plan.Draft, src Sources) analysis {
	if !d.NeedsAnalysis() {
		return analysis{}
	}
	req := request.Analyze{Table: d.Source.Table}
	for _, img := range d.Images {
		req.Images = append(req.Images, outgoing(d, img))
	}
	s := step{Request: req, Mounts: []mount{
		b.toolchain(d, src).mount(),
		reading(request.Source, b.depsSources(d, src, "")), // a profile changes no list
		out, said,
	}}
	if d.Cache.Seed != "" {
		s.Token = b.host.Token // a seed is of use where dependencies are compiled, which is after their list was made
	}
	if d.Source.Download {
		for i, part := range b.modules(d) {
			if !part.Empty() {
				// By origin, also where it is small enough to compare: of two vertices with equal inputs BuildKit runs one, and what
				// comes after [Builder.FetchAgain] would get the error of what came before.
				s.Mounts = append(s.Mounts, reading(request.FetchedPart(i), part).byOrigin())
			}
		}
		s.Mounts = append(s.Mounts, keptZips(d.Cache)...)
	}
	if d.Source.Graph {
		s.Mounts = append(s.Mounts, reading(request.Graphed, b.ModuleGraph(d.Source, d.Fetch, d.Cache, src)))
	}
	v := b.run(named(request.StageAnalyze, "list what %s imports from other modules", d.ImportPaths()), s)
	return analysis{files: v.at(request.Out), said: v.at(request.Said)}
}

func outgoing(d *plan.Draft, img plan.Image) request.Imports {
	build := listRequest(d, img)
	if img.Cgo != nil {
		build.Cgo = &request.Cgo{} // with what C is compiled is not known yet, and changes no list
	}
	imports, programs := img.Outgoing()
	return request.Imports{Build: build, Imports: imports, Programs: programs, CgoOff: img.CgoOff}
}

// packages gives the mounts of the files of other modules that the image needs, if it needs any.
func (a analysis) packages(d *plan.Draft, img plan.Image) []mount {
	dest, dir := request.ModCache, "modcache"
	switch {
	case a.files.Empty():
		return nil
	case d.Source.Vendor:
		dest, dir = request.Vendor, "vendor"
	}
	return []mount{reading(dest, a.files).folder(path.Join("/", request.AnalyzedDir(img.Target), dir))}
}

// summary mounts what was said where nobody reads it: what is no part of an image's graph is not exported with its cache.
func (b *Builder) summary(d *plan.Draft, img plan.Image, found analysis) []mount {
	if found.said.Empty() {
		return nil
	}
	mounts := []mount{reading(request.Analysis, found.said).folder("/" + AnalysisDir(d, img))}
	if d.SBOM != "off" && d.Source.Download {
		mounts = append(mounts, reading(request.Licensed, b.Licenses(d)))
	}
	return mounts
}

// AnalysisDir is the folder of [Builder.Analysis] with what is said of the programs of an image.
func AnalysisDir(d *plan.Draft, img plan.Image) string {
	if img.Shared == nil {
		return request.AnalyzedDir(img.Target)
	}
	return ProgramsDir(img, d.Joined())
}

// ProgramsDir is the folder of [Builder.Analysis] with what is said of the programs of one of several targets, by [plan.Draft.Joined], on the
// platform of an image.
func ProgramsDir(img plan.Image, joined string) string {
	return path.Join(request.AnalyzedDir(img.Target), request.ProgramsDir(joined))
}
