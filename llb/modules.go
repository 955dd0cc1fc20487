package llb

import (
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// modules is the vertex that downloads the modules. It depends on go.mod, go.sum and go.work only, and serves every platform
// and every main package. It need not be exported with the cache: what is built from it is, and a machine without it downloads.
// BuildKit v0.33.1 heeds that only in builds that find the vertex in their cache (solver/edge.go, makeExportable); the build that ran
// it exports it nevertheless, which is why the step takes out of the zips what it can.
func modules(h Host, p *plan.Plan, src Sources, goroot toolchain) (llb.State, error) {
	opts := runOptions{readOnly(request.Source, src.modules(p)), keptZips(p), llb.WithoutExportCache()}
	if p.Source.Graph {
		opts = append(opts, goroot.mount())
	}
	e, err := h.download(StageModules, request.Modules{Work: p.Source.Work, Graph: p.Source.Graph},
		named(StageModules, "download and verify modules"), p.Fetch, opts)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// keptZips mounts the zips of earlier builds, so that a change of go.mod downloads only what is new. They are verified
// again, yet an isolated build does without.
func keptZips(p *plan.Plan) runOptions {
	if p.Cache.Isolated {
		return nil
	}
	return runOptions{llb.AddMount(request.Zips, llb.Scratch(),
		llb.AsPersistentCacheDir(zipsCacheID(p), llb.CacheMountShared))}
}
