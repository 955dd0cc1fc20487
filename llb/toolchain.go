package llb

import (
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// Versions is the vertex that asks the module proxy which Go toolchains there are; its output holds request.VersionsFile. It
// is the same for every module, and what it found is kept until it is asked to run again.
func (b *Builder) Versions(build target.Target, settings goenv.Settings) Tree {
	s := step{Request: request.Versions{Build: build}, Mounts: []mount{out}}
	return b.download(named(request.StageResolve, "list the versions of Go"), s, settings).at(request.Out)
}

// Notices is the vertex that asks the module proxy what the authors of modules say of them; its output holds request.NoticesFile. It runs
// whenever it is asked: what they say changes.
func (b *Builder) Notices(modules []module.Version, settings goenv.Settings) Tree {
	s := step{Request: request.Notices{Modules: modules}, Mounts: []mount{out}, NoCache: true}
	return b.download(named(request.StageNotices, "ask for retracted versions"), s, settings).at(request.Out)
}

// toolchain is a GOROOT, and what was said of it, which is empty for that of an image.
type toolchain struct {
	tree Tree
	path string
	said Tree
}

// toolchain gives the Go that the plan names.
func (b *Builder) toolchain(d *plan.Draft, src Sources) toolchain {
	if !src.GoImage.Empty() {
		return toolchain{tree: src.GoImage, path: d.Go.Root}
	}
	if d.Go.Image != "" {
		v := b.add(named(request.StageToolchain, "%s", d.Go.Image), image{d.Go.Image, b.host.Platform})
		return toolchain{tree: v.at(root), path: d.Go.Root}
	}
	s := step{Request: request.Toolchain{Version: d.Go.Version, Build: d.Build, Pins: d.Go.Pins, AllSystems: d.OtherSystems()}, Mounts: append(keptZips(d.Cache), out, said)}
	v := b.download(named(request.StageToolchain, "fetch and verify Go %s", d.Go.Version), s, d.Fetch)
	return toolchain{tree: v.at(request.Out), path: "/", said: v.at(request.Said)}
}

// FetchedGo is what the vertex says that fetches the toolchain: request.GoFile. It is empty if the Go is that of an image.
func (b *Builder) FetchedGo(d *plan.Draft) Tree { return b.toolchain(d, Sources{}).said }

// mount gives a step the toolchain.
func (t toolchain) mount() mount { return reading(request.GoRoot, t.tree).folder(t.path) }

// mounts is mount with what was said, where nobody reads it, as that of [analysis.summary].
func (t toolchain) mounts() []mount {
	if t.said.Empty() {
		return []mount{t.mount()}
	}
	return []mount{t.mount(), reading(request.Go, t.said)}
}
