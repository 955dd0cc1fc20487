package llb

import (
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// modules is the vertex that downloads the modules. It depends on go.mod, go.sum and go.work only, and serves every platform
// and every main package. It need not be exported with the cache: what is built from it is, and a machine without it downloads.
// BuildKit v0.33.1 heeds that only in builds that find the vertex in their cache (solver/edge.go, makeExportable); the build that ran
// it exports it nevertheless, which is why the step takes out of the zips what it can.
func modules(h Host, d *plan.Draft, src Sources) (llb.State, error) {
	opts := runOptions{readOnly(request.Source, src.modules(d.Source)), keptZips(d.Cache), llb.WithoutExportCache()}
	if d.Source.Graph {
		chosen, err := ModuleGraph(h, d.Source, d.Fetch, d.Cache, src)
		if err != nil {
			return llb.State{}, err
		}
		opts = append(opts, readOnly(request.Graphed, chosen))
	}
	req := request.Modules{Downloads: d.Source.Downloads(), Sums: d.Source.SumFiles()}
	e, err := h.download(req, named(request.StageModules, "download and verify modules"), withoutSumDB(d.Fetch), opts)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// ModuleGraph is the vertex that follows the requirements of modules and chooses the build list, where the module files do not name
// it; its output holds request.GraphFile. The frontend reads it before there is a plan.
func ModuleGraph(h Host, s plan.Source, fetch goenv.Settings, cache plan.Cache, src Sources) (llb.State, error) {
	opts := runOptions{readOnly(request.Source, src.modules(s)), keptZips(cache)}
	e, err := h.download(request.Graph{}, named(request.StageGraph, "follow the requirements of modules"), withoutSumDB(fetch), opts)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// withoutSumDB leaves out what vouches for Go alone: modules are held against go.sum, whoever vouches for them, and another database is
// no reason to fetch them again.
func withoutSumDB(s goenv.Settings) goenv.Settings {
	s.SumDB, s.NoSumDB = "", nil
	return s
}

// keptZips mounts the zips of earlier builds, so that a change of go.mod downloads only what is new. They are verified
// again, yet an isolated build does without.
func keptZips(cache plan.Cache) runOptions {
	if cache.Isolated {
		return nil
	}
	return runOptions{llb.AddMount(request.Zips, llb.Scratch(),
		llb.AsPersistentCacheDir(zipsCacheID(cache), llb.CacheMountShared))}
}
