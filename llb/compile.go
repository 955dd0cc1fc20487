package llb

import (
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// compile is the vertex that links the program. Its GOCACHE starts from the layer of compiled dependencies: a fresh
// machine that imported it compiles the module's own packages only. Unless the cache is isolated, those of earlier builds here are
// kept, so that the next one compiles only what changed. said is a second output, see [Image].
func compile(h Host, p *plan.Plan, img plan.Image, src Sources, goroot toolchain, c closure, summary runOptions, root llb.State) (program, said llb.State, err error) {
	req := request.Compile{
		Build:   buildRequest(p, img),
		Main:    p.Main.ImportPath,
		Path:    p.ProgramPath(),
		LDFlags: p.LinkFlags(img),
		VCS:     p.Stamp.VCS,
		Static:  img.Cgo != nil && img.Cgo.Link == plan.LinkStatic,
	}
	var included runOptions
	if ownCgo(img) {
		found, err := findIncludes(h, img, src)
		if err != nil {
			return llb.State{}, llb.State{}, err
		}
		included = found.mount()
	}
	e, err := h.runIn(root, req,
		namedFor(img.Target, request.StageCompile, "go build %s", p.Main.ImportPath),
		goroot.mount(),
		goroot.summary(),
		readOnly(request.Source, src.compile(&p.Draft, img)),
		included,
		c.files,
		summary,
		keptCache("own", p, img),
		llb.AddMount(request.GoCache, c.cache, llb.ForceNoOutput, keyedByOrigin()),
	)
	if err != nil {
		return llb.State{}, llb.State{}, err
	}
	return output(e), e.AddMount(request.Said, llb.Scratch()), nil
}
