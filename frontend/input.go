package frontend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/step/request"
)

// input is what is known so far: first what the user's files say, then what the phases of a build find out.
type input struct {
	// Input is what the plan is made of.
	plan.Input
	// file is the configuration, target the name of the target in it, or "".
	file   *config.File
	target string
	// output is what the build gives.
	output *output
	bases  baseImages
	// choices say which platforms have cgo; sysroots are what C is compiled with there, in the order of the plan's images.
	choices  plan.CgoChoices
	sysroots []request.SysrootReport
	// includes are what C of own packages was found to read.
	includes cinclude.Found
	// linksOfC are paths that may be links on the way to what C reads.
	linksOfC []string
	// reached are packages of the module that its dependencies import.
	reached []string
	// analyzed is what analyze found for each image, or nil.
	analyzed []analyze.Summary
}

// readInput reads the user's files, side by side: a mistake in one does not hide a mistake in another.
func (b *builder) readInput(ctx context.Context) (*input, error) {
	in := &input{Input: plan.Input{
		Build:     b.options.build,
		Targets:   b.options.targets,
		Namespace: b.ui.CacheIDNamespace,
		Epoch:     b.options.args.Epoch,
	}}
	var err error
	if in.output, in.target, err = chooseOutput(b.ui.Target); err != nil {
		return nil, err
	}
	if err := b.context.open(ctx); err != nil {
		return nil, err
	}
	var configErr, modErr error
	var eg errgroup.Group
	eg.Go(func() error { configErr = b.readConfig(ctx, in); return nil })
	eg.Go(func() error { modErr = b.readModules(ctx, in); return nil })
	if err := errors.Join(eg.Wait(), configErr, modErr); err != nil {
		return nil, err
	}
	return in, b.settleFetch(in)
}

// readConfig reads the file with the syntax line and picks the target.
func (b *builder) readConfig(ctx context.Context, in *input) error {
	src, err := b.ui.ReadEntrypoint(ctx, "YAML")
	if err != nil {
		return err
	}
	b.addFile(src)
	b.entrypoint = src
	if in.file, err = config.Parse(src.Filename, src.Data); err != nil {
		return err
	}
	for _, sentence := range in.file.Undeclared(b.options.args.Own) {
		b.warn(ctx, sentence)
	}
	in.At = func(path string) diag.Range { return in.file.TargetRange(in.target, path) }
	if in.Config, err = in.file.Target(in.target, b.options.args.Own); err != nil {
		return err
	}
	b.asked = asked{in.At, in.Config.Image}
	b.images = []string{in.Config.Image.Base, cmp.Or(in.Config.Cgo.Base, plan.DebianBase), in.Config.Cgo.Zig.Image}
	return nil
}

// maxModFile bounds go.mod, go.sum and their like, in bytes.
const maxModFile = 8 << 20

// readModules reads go.mod, go.work and what belongs to them, and again while symbolic links lead to files that were not among those
// before.
func (b *builder) readModules(ctx context.Context, in *input) error {
	if err := b.modFiles.load(ctx, &b.context); err != nil {
		return fmt.Errorf("loading the module files: %w", err)
	}
	for range maxRounds {
		ref, err := b.solveState(ctx, b.modFiles.state)
		if err != nil {
			return fmt.Errorf("loading the module files: %w", err)
		}
		fsys := links.New(reffs.FS(ctx, ref, maxModFile))
		b.files.trees = append(b.files.trees, func() (fs.FS, error) { return fsys, nil })
		var modErr error
		if in.Facts, modErr = gomod.Load(fsys); modErr == nil {
			modErr = in.Facts.Follow(fsys)
		}
		more, err := b.modFiles.complete(ctx, b, fsys.Missing())
		if err != nil {
			return err
		}
		if !more {
			return modErr
		}
	}
	return errRounds
}

// settleFetch decides where modules come from: build arguments win over the configuration, and that over Go's defaults.
func (b *builder) settleFetch(in *input) error {
	defaults, err := goenv.Defaults()
	if err != nil {
		return err
	}
	m := in.Config.Modules
	configured := goenv.Settings{Proxy: m.Proxy, SumDB: m.SumDB, NoSumDB: m.NoSumDB, Private: m.Private}
	in.Fetch = goenv.FromEnv(b.options.args.GoEnv).Or(configured).Or(defaults)
	if in.Fetch.Proxy == "" {
		return nil // reported by the step that needs one: a module without dependencies and with its own Go needs none
	}
	return in.Fetch.Validate()
}

// addFile makes the configuration known to locate.
func (b *builder) addFile(src *dockerui.Source) {
	b.files.add(src.Filename, src.Language, src.Data, src.Definition)
}
