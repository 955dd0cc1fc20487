package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/project"
	"github.com/modship-build/modship/internal/reffs"
	graph "github.com/modship-build/modship/llb"
)

// input is what the user's files say, and the images that they name.
type input struct {
	project.Project
	// output is what the build gives.
	output *output
	bases  baseImages
	// goImage stands in for the builder image where a context does.
	goImage graph.Tree
	// recipe is what the images say of how they are made again.
	recipe image.Recipe
}

// readInput reads the user's files.
func (b *builder) readInput(ctx context.Context) (*input, error) {
	in := &input{Project: project.Project{
		Input: plan.Input{
			Build:     b.options.build,
			Targets:   b.options.targets,
			Namespace: b.ui.CacheIDNamespace,
			Epoch:     b.options.args.Epoch,
		},
		Args:       b.options.args.Own,
		Folder:     b.options.folder,
		Shown:      shownFolder(ctx),
		Package:    b.options.pkg,
		NoWork:     b.options.args.NoWork,
		NoPlatform: len(b.ui.TargetPlatforms) == 0,
	}}
	var err error
	if in.output, in.Target, err = chooseOutput(b.ui.Target); err != nil {
		return nil, err
	}
	if err := b.context.open(ctx); err != nil {
		return nil, err
	}
	err = in.Read(ctx, b)
	b.facts = in.Facts
	if c := in.Config; c != nil {
		if len(in.Targets) > 1 {
			b.options.multi = true
		}
		b.options.targets = in.Targets
		b.findings.levels.configured = c.Check.Rules
		b.asked = asked{in.At, c.Image}
		b.named = append(c.Cgo.Images(), c.Builder.Image, c.Image.Base, c.Cache.Seed, SeedContext)
		for _, s := range c.Source {
			b.named = append(b.named, s.From)
		}
		for _, f := range c.Image.Files {
			b.named = append(b.named, f.Context)
		}
		b.chooseSeed(in)
	}
	if err != nil {
		return nil, err
	}
	if in.recipe, err = b.recipe(in); err != nil {
		return nil, err
	}
	if err := b.settleFetch(in); err != nil {
		return in, err
	}
	if in.Sums, err = b.readSums(in.Facts); err != nil {
		return in, err
	}
	return in, b.checkSumFiles(ctx, in)
}

// Config reads the file with the syntax line.
func (b *builder) Config(ctx context.Context) (name string, text []byte, err error) {
	src, err := b.ui.ReadEntrypoint(ctx, "YAML")
	if err != nil {
		return "", nil, err
	}
	b.addFile(src)
	b.entrypoint = src
	if b.findings.levels, err = readLevels(src.Filename, src.Data, b.ui.LinterConfig); err != nil {
		return "", nil, err
	}
	return src.Filename, src.Data, nil
}

// Modules has go.mod, go.work and what belongs to them read in a round for each new file that symbolic links lead to.
func (b *builder) Modules(ctx context.Context, place func() gomod.Place, move func(to string), read func(*links.Tree) error) error {
	ref, err := b.loadModules(ctx, place)
	if err != nil {
		return fmt.Errorf("loading the module files: %w", err)
	}
	switch to, err := b.layModules(ctx, links.New(reffs.FS(ctx, ref, gomod.MaxFile)), place()); {
	case err != nil:
		return err
	case to != "":
		move(to)
		ref, b.files.at = nil, to
		if err := b.loadModulesOf(ctx, place().Module); err != nil {
			return fmt.Errorf("loading the module files: %w", err)
		}
	}
	var mistakes error
	err = b.modFiles.rounds(ctx, b, func() (missing []string, err error) {
		if ref == nil {
			if ref, err = b.solveTree(ctx, b.modFiles.tree); err != nil {
				return nil, fmt.Errorf("loading the module files: %w", err)
			}
		}
		fsys := links.New(reffs.FS(ctx, ref, gomod.MaxFile))
		b.files.trees = append(b.files.trees, func() (fs.FS, error) { return fsys, nil })
		b.modTree, ref = fsys, nil
		if mistakes = b.context.checkModules(fsys); mistakes == nil {
			mistakes = read(fsys) // of a round: what they are in may be what is missing
		}
		return fsys.Missing(), nil
	})
	if err != nil {
		return err
	}
	return mistakes
}

// loadModules has the module files sent while the configuration is read, which may say that there are more above the module.
func (b *builder) loadModules(ctx context.Context, place func() gomod.Place) (gateway.Reference, error) {
	if err := b.modFiles.load(ctx, &b.context); err != nil {
		return nil, err
	}
	ref, err := b.solveTree(ctx, b.modFiles.tree)
	if err != nil {
		return nil, err
	}
	dir := place().Module
	if dir == "" {
		return ref, nil
	}
	if err := b.loadModulesOf(ctx, dir); err != nil {
		return nil, err
	}
	return b.solveTree(ctx, b.modFiles.tree)
}

// loadModulesOf has the module files be those for a module in a folder.
func (b *builder) loadModulesOf(ctx context.Context, dir string) error {
	b.modFiles.patterns, b.goFiles.patterns = modPatterns(dir), goPatterns(dir)
	return b.modFiles.load(ctx, &b.context)
}

// readSums reads the go.sum files of the context, if anything may be fetched.
func (b *builder) readSums(f *gomod.Facts) (modfetch.GoSum, error) {
	if f.Vendor {
		return nil, nil
	}
	var mistakes diag.List
	sums := modfetch.GoSum{}
	for _, name := range f.SumFiles() {
		text, err := fs.ReadFile(b.modTree, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if gofiles.IsLFSPointer(text) {
			first := diag.Pos{Line: 1, Col: 1}
			mistakes.Addf(diag.Range{File: name, Start: first, End: first}, "%s", gofiles.LFSProblem).Help = gofiles.LFSHelp
		}
		sums.Add(text)
	}
	return sums, mistakes.Err()
}

// settleFetch decides where modules come from: build arguments win over the configuration, and that over Go's defaults.
func (b *builder) settleFetch(in *input) error {
	defaults, err := goenv.Defaults()
	if err != nil {
		return err
	}
	m := in.Config.Modules
	configured := goenv.Settings{Proxy: m.Proxy, SumDB: m.SumDB, NoSumDB: m.NoSumDB, Private: m.Private, Insecure: m.Insecure, Rewrite: m.Rewrite}
	said := goenv.FromEnv(b.options.args.GoEnv)
	in.Fetch = said.Or(configured).Or(defaults)
	in.Fetch.TokenHost = said.OnlyHost()
	if in.Fetch.Proxy == "" {
		return nil // reported by the step that needs one: a module without dependencies and with its own Go needs none
	}
	return in.Fetch.Validate()
}

// addFile makes the configuration known to locate.
func (b *builder) addFile(src *dockerui.Source) {
	b.files.add(src.Filename, src.Language, src.Data, src.Definition)
}
