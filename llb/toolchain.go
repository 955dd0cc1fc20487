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
	e, err := h.download(request.Versions{Build: build}, named(request.StageResolve, "list the versions of Go"), s)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// toolchain is a GOROOT, and what was said of it, or nil for that of an image.
type toolchain struct {
	state llb.State
	path  string
	said  *llb.State
}

// goToolchain gives the Go that the plan names.
func goToolchain(h Host, d *plan.Draft) (toolchain, error) {
	if d.Go.Image != "" {
		image := llb.Image(d.Go.Image, llb.Platform(h.Platform), named(request.StageToolchain, "%s", d.Go.Image))
		return toolchain{state: image, path: d.Go.Root}, nil
	}
	req := request.Toolchain{Version: d.Go.Version, Build: d.Build}
	e, err := h.download(req, named(request.StageToolchain, "fetch and verify Go %s", d.Go.Version), d.Fetch, keptZips(d.Cache))
	if err != nil {
		return toolchain{}, err
	}
	said := e.AddMount(request.Said, llb.Scratch())
	return toolchain{state: output(e), path: "/", said: &said}, nil
}

// FetchedGo is what the vertex says that fetches the toolchain: request.GoFile. It is nil if the Go is that of an image. It is
// the same vertex as in [Graph].
func FetchedGo(h Host, d *plan.Draft) (*llb.State, error) {
	t, err := goToolchain(h, d)
	return t.said, err
}

// mount gives a step the toolchain.
func (t toolchain) mount() llb.RunOption {
	return readOnly(request.GoRoot, t.state, llb.SourcePath(t.path))
}

// summary mounts what was said where nobody reads it, as that of [analysis.summary].
func (t toolchain) summary() runOptions {
	if t.said == nil {
		return nil
	}
	return runOptions{readOnly(request.Go, *t.said)}
}
