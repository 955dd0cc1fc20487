package llb

import (
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
)

// Versions is the vertex that asks the module proxy which Go toolchains there are; its output holds request.VersionsFile. It
// is the same for every module, and what it found is kept until it is asked to run again.
func Versions(h Host, build target.Target, s goenv.Settings) (llb.State, error) {
	e, err := h.download(StageResolve, request.Versions{Build: build}, named(StageResolve, "list the versions of Go"), s)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// toolchain is a GOROOT.
type toolchain struct {
	state llb.State
	path  string
}

// goToolchain gives the Go that the plan names.
func goToolchain(h Host, p *plan.Plan) (toolchain, error) {
	if p.Go.Image != "" {
		image := llb.Image(p.Go.Image, llb.Platform(h.Platform), named(StageToolchain, "%s", p.Go.Image))
		return toolchain{state: image, path: p.Go.Root}, nil
	}
	req := request.Toolchain{Version: p.Go.Version, Build: p.Build}
	e, err := h.download(StageToolchain, req, named(StageToolchain, "fetch and verify Go %s", p.Go.Version), p.Fetch, keptZips(p))
	if err != nil {
		return toolchain{}, err
	}
	return toolchain{state: output(e), path: "/"}, nil
}

// mount gives a step the toolchain.
func (t toolchain) mount() llb.RunOption {
	return readOnly(request.GoRoot, t.state, llb.SourcePath(t.path))
}
