package frontend

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

// buildContext is the user's source tree, taken in parts: only what a build can need is sent from the client, and an edit
// of anything else transfers nothing.
type buildContext struct {
	ui    *dockerui.Client
	graph *graph.Builder
	// remote is set when the context is a git repository, an archive or another build's result.
	remote *llb.State
	// at is the folder of the tree of the build in which the context lies, and besides are the modules that lie beside it there; "" for the tree
	// itself.
	at      string
	besides []beside
	// laid is what the configuration lays over it of other contexts, each at its place; empty where that is nothing.
	laid graph.Tree
}

// modPatterns and goPatterns are the parts that are read for what they say, as patterns of moby/patternmatcher. folder has the module, "" for
// the root of the context; a go.work, and a folder vendor beside it, may be above it.
func modPatterns(folder string) []string {
	var first, last []string
	for _, dir := range upwards(folder) {
		// The folder vendor may be a link: then it is sent itself.
		first = append(first, path.Join(dir, "vendor"), "!"+path.Join(dir, "vendor/*"), path.Join(dir, "go.work"), path.Join(dir, "go.work.sum"))
		last = append(last, path.Join(dir, "vendor/modules.txt"))
	}
	return slices.Concat(first, []string{"**/go.mod", "**/go.sum"}, last)
}

func goPatterns(folder string) []string {
	patterns := append(gofiles.ListedPatterns(), "**/*.inc", "**/default.pgo", "**/go.mod")
	for _, dir := range upwards(folder) {
		patterns = append(patterns, path.Join(dir, "go.work"), path.Join(dir, "vendor/modules.txt"))
	}
	return patterns
}

// upwards gives patterns of a folder of the context and those above it, the root first.
func upwards(folder string) []string {
	dirs := []string{"."}
	for i, c := range folder {
		if c == '/' {
			dirs = append(dirs, plan.EscapePattern(folder[:i]))
		}
	}
	if folder != "" {
		dirs = append(dirs, plan.EscapePattern(folder))
	}
	return dirs
}

// partFiles is the part that image.files names: the graph takes it, and is not made if a file of it is missing.
const partFiles = "files for the image"

// open finds out what kind of context this is: of a local one, dockerui makes a local source.
func (c *buildContext) open(ctx context.Context) error {
	local := false
	state, err := c.ui.MainContext(ctx, whenLocal(func() { local = true }))
	if err != nil {
		return fmt.Errorf("opening the build context: %w", err)
	}
	if !local {
		c.remote = state
	}
	return nil
}

// whenLocal is an option of a local source, called when there is one.
type whenLocal func()

func (f whenLocal) SetLocalOption(*llb.LocalInfo) { f() }

// part gives the files that the patterns name, with those of contexts that are laid over this one.
func (c *buildContext) part(ctx context.Context, name string, patterns []string) (graph.Tree, error) {
	own, err := c.own(ctx, name, patterns)
	if err != nil || c.laid.Empty() {
		return own, err
	}
	return c.graph.With(name, own, c.laid, patterns), nil
}

// own gives the files of this context that the patterns name. name tells the parts apart, also for BuildKit: each part has its own copy
// there, to which only changes are sent.
func (c *buildContext) own(ctx context.Context, name string, patterns []string) (graph.Tree, error) {
	state, err := c.state(ctx, name, patterns)
	if err != nil {
		return graph.Tree{}, err
	}
	return c.graph.Code(ctx, name, state)
}

// partWithoutCode is own where the patterns name no code of the project, so that steps with a network may see it.
func (c *buildContext) partWithoutCode(ctx context.Context, name string, patterns []string) (graph.Tree, error) {
	state, err := c.state(ctx, name, patterns)
	if err != nil {
		return graph.Tree{}, err
	}
	return c.graph.Given(ctx, name, state)
}

func (c *buildContext) state(ctx context.Context, name string, patterns []string) (llb.State, error) {
	if c.at != "" {
		return c.around(ctx, name, patterns)
	}
	return c.ofContext(ctx, name, patterns)
}

// ofContext gives what patterns name of the context alone, from where its root is.
func (c *buildContext) ofContext(ctx context.Context, name string, patterns []string, opts ...llb.LocalOption) (llb.State, error) {
	if c.remote != nil {
		return selectPart(*c.remote, name, patterns, nil), nil
	}
	local, err := c.ui.MainContext(ctx, append(opts,
		llb.IncludePatterns(patterns),
		llb.SharedKeyHint("modship-"+name),
		llb.WithCustomName("[internal] load "+name))...)
	if err != nil {
		return llb.State{}, fmt.Errorf("loading %s from the build context: %w", name, err)
	}
	return *local, nil
}

// selectPart gives what the patterns name of a source that BuildKit has already.
func selectPart(from llb.State, name string, patterns, excluded []string) llb.State {
	info := &llb.CopyInfo{CopyDirContentsOnly: true, IncludePatterns: patterns, ExcludePatterns: excluded}
	return llb.Scratch().File(llb.Copy(from, "/", "/", info), llb.WithCustomName("[internal] select "+name))
}

// sources names every part for the graph. A part that no vertex uses is never transferred.
func (b *builder) sources(ctx context.Context, d *plan.Draft, in *input) (graph.Sources, error) {
	src := graph.Sources{Bases: in.bases.contexts, GoImage: in.goImage, Contexts: b.fileContexts, Mod: b.modFiles.tree, Go: b.goFiles.tree}
	if err := takeParts(ctx, d, &src, b.context.part); err != nil || b.context.laid.Empty() {
		return src, err
	}
	src.Own = &graph.Sources{Mod: b.modFiles.tree, Go: b.goFiles.own}
	return src, takeParts(ctx, d, src.Own, b.context.own)
}

// takeParts names the parts that the draft tells.
func takeParts(ctx context.Context, d *plan.Draft, src *graph.Sources, take func(ctx context.Context, name string, patterns []string) (graph.Tree, error)) error {
	for _, part := range []struct {
		name     string
		patterns []string
		tree     *graph.Tree
	}{
		{"vendored packages", d.VendoredFiles(), &src.Vendor},
		{"embedded files", d.Embeds(), &src.Embeds},
		{partFiles, d.ContextFiles(""), &src.Files},
	} {
		if len(part.patterns) == 0 {
			continue
		}
		var err error
		if *part.tree, err = take(ctx, part.name, part.patterns); err != nil {
			return err
		}
	}
	return nil
}

// readPart solves one part and gives it for reading.
func (b *builder) readPart(ctx context.Context, name string, patterns []string) (gateway.Reference, error) {
	tree, err := b.context.part(ctx, name, patterns)
	if err != nil {
		return nil, err
	}
	return b.solveTree(ctx, tree)
}
