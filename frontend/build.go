package frontend

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// builder is one call of the frontend.
type builder struct {
	client  gateway.Client
	ui      *dockerui.Client
	options options
	// token names this build.
	token   string
	graph   *graph.Builder
	context buildContext
	// modFiles and goFiles are the parts of it that are read for what they say.
	modFiles, goFiles linkedPart
	// modTree is what was read of modFiles.
	modTree fs.FS
	files   *files // for locate
	// entrypoint is the configuration file, at which warnings are shown.
	entrypoint *dockerui.Source
	warned     sync.Map // the warnings that have been shown
	findings   findings
	// contexts are those that were looked for, and images those whose files were taken.
	contexts contextNames
	images   takenImages
	// fileContexts are what image.files copies from, by name and platform.
	fileContexts map[string]map[string]graph.Tree
	// named are the images and contexts that the configuration names, by itself or by its defaults; nil if it could not be read.
	named []string
	// asked is what the configuration asks an image for; zero if it could not be read.
	asked asked
	// facts are what the module files say; nil if they could not be read.
	facts *gomod.Facts
}

// build is the way of the data, a call a phase.
func build(ctx context.Context, c gateway.Client, step stepBinary) (_ *gateway.Result, err error) {
	b, err := newBuilder(c, step)
	if err != nil {
		return nil, err
	}
	defer func() { err = told(b.files.locate(b.renamed(b.blame(ctx, b.explain(ctx, err))))) }()

	if res, done, err := b.answer(ctx); done || err != nil {
		return res, err
	}
	defer func() {
		b.warnContexts(ctx, err == nil && len(b.findings.all()) == 0)
		if refused := b.refuse(); refused != nil {
			err = errors.Join(err, refused)
		}
	}()
	in, err := b.readInput(ctx)
	if err != nil {
		return nil, err
	}
	if in.output.image && !b.options.plan {
		if err := checkMerge(c.BuildOpts()); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(b.resolveImages(ctx, in), b.layContexts(ctx, in)); err != nil {
		return nil, err
	}
	if err := b.settleModules(ctx, in); err != nil {
		return nil, err
	}
	b.lintProject(ctx, in)
	if len(b.findings.all()) > 0 {
		return nil, b.checkSources(ctx, in) // what there is beside is told, too
	}
	found, err := b.plan(ctx, in)
	if err != nil || len(b.findings.all()) > 0 {
		return nil, err
	}
	switch {
	case b.options.plan:
		return planResult(found.plan)
	case b.options.request == NamesRequest:
		return b.namesResult(in, found.plan)
	}
	b.warnOfHealthcheck(ctx, in)
	if err := b.seed(ctx, in, found.plan, found.src); err != nil {
		return nil, err
	}
	if in.output.early != nil {
		return in.output.early(b, ctx, in, found)
	}
	done, err := b.compile(ctx, in, found)
	if err != nil {
		return nil, err
	}
	p := done.plan
	if done.programs, err = verify(ctx, p, done.refs); err != nil {
		return nil, err
	}
	if in.output.image {
		if err := b.checkStart(ctx, in, p, done); err != nil {
			return nil, err
		}
	}
	if err := b.describe(ctx, p, in, &done); err != nil {
		return nil, err
	}
	return in.output.result(b, ctx, p, in, done)
}

// built is what was built, in the order of the plan's images.
type built struct {
	planned
	graph []graph.Image
	refs  []gateway.Reference
	// programs are those of each image in the order of [plan.Draft.Programs], files their hashes.
	programs [][]program
	files    [][]binary.File
	// documents are the SBOMs.
	documents [][]byte
}

// compile builds the graph. Where a package cannot be compiled that is in a layer for several programs, it may be none of this one's: then
// the others are left out, and what was compiled is not lost.
func (b *builder) compile(ctx context.Context, in *input, found planned) (done built, err error) {
	done = built{planned: found, graph: b.graph.Graph(found.plan, found.src)}
	done.refs, err = b.solve(ctx, found.plan, in.output.trees(done.graph))
	if b.fetchAgain(ctx, err) {
		return b.compile(ctx, in, found)
	}
	if !sharesFault(found.plan, err) {
		return done, err
	}
	b.alone(ctx, in)
	if found, err = b.plan(ctx, in); err != nil {
		return built{}, err
	}
	return b.compile(ctx, in, found)
}

// alone leaves the other targets out, and says so: the step that has failed is tried again by each build of them.
func (b *builder) alone(ctx context.Context, in *input) {
	in.Also = nil
	b.Warn(ctx, "a package that this target or another one imports cannot be compiled, so nothing is shared with the others: "+
		"a target that cannot be built is better off in a file of its own")
}

// sharesFault tells whether a build failed by packages that may be none of its program's.
func sharesFault(p *plan.Plan, err error) bool {
	return err != nil && p.IsShared() && failedStage(err) == request.StageDeps
}

func newBuilder(c gateway.Client, step stepBinary) (*builder, error) {
	if err := checkCapabilities(c.BuildOpts()); err != nil {
		return nil, err
	}
	if err := checkArg(c.BuildOpts().Opts); err != nil { // before it is read, because what is said of it then has no advice
		return nil, err
	}
	ui, err := dockerui.NewClient(c)
	if err != nil {
		return nil, err
	}
	opts, err := parseOptions(ui)
	if err != nil {
		return nil, err
	}
	token := buildToken(c.BuildOpts().SessionID)
	vertices := graph.NewBuilder(graph.Host{
		Step:     step.state,
		StepPath: step.path,
		Platform: opts.build.OCI(),
		Proxy:    opts.proxy(),
		Token:    token,
		NoCache:  func(s request.Stage) bool { return ui.IsNoCache(string(s)) },
	})
	return &builder{
		client:   c,
		ui:       ui,
		options:  opts,
		token:    token,
		graph:    vertices,
		context:  buildContext{ui: ui, graph: vertices},
		modFiles: linkedPart{name: "module files", patterns: modPatterns(""), noCode: true},
		goFiles:  linkedPart{name: "Go files", patterns: goPatterns("")},
		files:    &files{},
	}, nil
}
