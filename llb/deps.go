package llb

import (
	"slices"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// closure is what an image's imports pull in: the files of those packages, and their compiled form.
type closure struct {
	files runOptions // mounts
	cache llb.State  // GOCACHE
}

// dependencies compiles everything that the image imports from outside of the module.
func dependencies(h Host, p *plan.Plan, img plan.Image, src Sources, goroot toolchain, files runOptions, root llb.State) (closure, error) {
	c := closure{files: files, cache: llb.Scratch()}
	// Third-party packages come first and the standard packages that only the module's own code imports second, so that an
	// import of another standard package leaves the large layer alone.
	for _, layer := range []struct {
		what    string
		imports []string
	}{{"third-party", img.Deps}, {"standard", img.Std}} {
		if len(layer.imports) == 0 {
			continue
		}
		e, err := h.runIn(root, request.Deps{Build: buildRequest(p, img), Imports: layer.imports},
			namedFor(img.Target, request.StageDeps, "compile %s packages", layer.what),
			goroot.mount(), readOnly(request.Source, src.deps(&p.Draft, p.Main.PGO)), files, keptCache("deps", p, img))
		if err != nil {
			return closure{}, err
		}
		c.cache = e.AddMount(request.GoCache, c.cache, keyedByOrigin())
	}
	return c, nil
}

// keptCache mounts the compiled packages of earlier builds of the module, unless the build is to trust none. kind keeps those
// of the dependencies and the module's own apart.
func keptCache(kind string, p *plan.Plan, img plan.Image) runOptions {
	if p.Cache.Isolated {
		return nil
	}
	return runOptions{llb.AddMount(request.KeptCache, llb.Scratch(),
		llb.AsPersistentCacheDir(compileCacheID(kind, p, img), llb.CacheMountShared))}
}

// listRequest is what cmd/go is told to list packages.
func listRequest(d *plan.Draft, img plan.Image) request.Build {
	return request.Build{Target: img.Target, Work: d.Source.Work, Vendor: d.Source.Vendor, Tags: d.Flags.Tags, Env: d.Flags.Env}
}

// buildRequest is what deps and compile tell cmd/go, in one place: a difference would compile everything twice.
func buildRequest(p *plan.Plan, img plan.Image) request.Build {
	build := listRequest(&p.Draft, img)
	build.PGO, build.Cgo = p.Main.PGO, cgoRequest(p, img)
	// The compiler spends a ninth of its time on what the link leaves out, and a fifth of its output.
	build.NoDWARF = slices.ContainsFunc(p.Flags.LDFlags, func(f string) bool { return f == "-w" || f == "-s" })
	return build
}
