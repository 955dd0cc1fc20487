package llb

import (
	"path"
	"strconv"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/vcs"
)

// Commit is the vertex that reads what commit the context is of; its output holds request.CommitFile. git holds the
// repository's .git folder. What the images are made of is compared with the commit, unless the context is the commit itself.
func Commit(p *plan.Plan, h Host, src Sources, git llb.State, module vcs.Module, pristine bool) (llb.State, error) {
	opts := runOptions{readOnly(request.Git, git)}
	parts := 0
	if !pristine {
		for _, part := range src.shipped(p) {
			opts = append(opts, readOnly(path.Join(request.Source, strconv.Itoa(parts)), part))
			parts++
		}
	}
	req := request.VCS{Module: module, Parts: parts}
	e, err := h.run(StageVCS, req, named(StageVCS, "read the commit"), opts)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// shipped are the files of the context that any image is made of.
func (s Sources) shipped(p *plan.Plan) []llb.State {
	var parts []llb.State
	for _, img := range p.Images {
		parts = append(parts, s.compile(p, img))
	}
	if p.Source.Vendor {
		parts = append(parts, s.Vendor)
	}
	if len(p.Runtime.Files) > 0 {
		parts = append(parts, s.Files)
	}
	return parts
}
