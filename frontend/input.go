package frontend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// input is everything that is known before the plan.
type input struct {
	file *config.File
	// output is what the build gives, target the name of the target in file, or "".
	output  output
	target  string
	config  *config.Config
	facts   *gomod.Facts
	fetch   goenv.Settings
	base    baseImages
	golang  plan.Go
	scanned *scan.Result
	// analyzed is what analyze found for each image, or nil.
	analyzed []analyze.Summary
	// cgo says which platforms have cgo; sysroots are what C is compiled with there, in the order of the plan's images.
	cgo      plan.CgoChoices
	sysroots []request.SysrootReport
	// reached are packages of the module that its dependencies import.
	reached []string

	build   target.Target
	targets []target.Target
	// namespace is BUILDKIT_CACHE_MOUNT_NS.
	namespace string
	// commit is what is known of the commit, or nil; created is the time of the image, and licenses the SPDX expression of the
	// module's license files.
	commit   *vcs.Facts
	created  time.Time
	licenses string
}

// readInput reads the user's files, side by side: a mistake in one does not hide a mistake in another.
func (b *builder) readInput(ctx context.Context) (*input, error) {
	in := &input{
		build:     b.options.build,
		targets:   b.options.targets,
		namespace: b.ui.CacheIDNamespace,
	}
	in.output, in.target = chooseOutput(b.ui.Target)
	if err := b.context.open(ctx); err != nil {
		return nil, err
	}
	var configErr, modErr error
	var eg errgroup.Group
	eg.Go(func() error { configErr = b.readConfig(ctx, in); return nil })
	eg.Go(func() error { modErr = b.readModules(ctx, in); return nil })
	_ = eg.Wait()
	if err := errors.Join(configErr, modErr); err != nil {
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
	b.warnUnknownArgs(ctx, src, in.file)
	in.config, err = in.file.Target(in.target, b.options.args)
	return err
}

// warnUnknownArgs names build arguments that have no effect. They are no mistake: one command line serves several builds.
func (b *builder) warnUnknownArgs(ctx context.Context, src *dockerui.Source, file *config.File) {
	declared := file.Args()
	for _, name := range slices.Sorted(maps.Keys(b.options.args)) {
		if _, ok := declared[name]; ok {
			continue
		}
		msg := fmt.Sprintf("build argument %s is not declared in args and has no effect", name)
		if hint := diag.Suggest(name, slices.Collect(maps.Keys(declared))); hint != "" {
			msg += "; " + hint
		}
		src.Warn(ctx, msg, gateway.WarnOpts{})
	}
}

// maxModFile bounds go.mod, go.sum and their like, in bytes.
const maxModFile = 8 << 20

// readModules reads go.mod, go.work and what belongs to them.
func (b *builder) readModules(ctx context.Context, in *input) error {
	ref, err := b.readPart(ctx, "module files", modPatterns)
	if err != nil {
		return fmt.Errorf("loading the module files: %w", err)
	}
	fsys := reffs.FS(ctx, ref, maxModFile)
	b.files.trees = append(b.files.trees, fsys)
	in.facts, err = gomod.Load(fsys)
	return err
}

// settleFetch decides where modules come from: build arguments win over the configuration, and that over Go's defaults.
func (b *builder) settleFetch(in *input) error {
	defaults, err := goenv.Defaults(nil)
	if err != nil {
		return err
	}
	m := in.config.Modules
	configured := goenv.Settings{Proxy: m.Proxy, SumDB: m.SumDB, NoSumDB: m.NoSumDB, Private: m.Private}
	in.fetch = goenv.FromEnv(b.options.goEnv).Or(configured).Or(defaults)
	if in.fetch.Proxy == "" {
		return nil // reported by the step that needs one: a module without dependencies and with its own Go needs none
	}
	return in.fetch.Validate()
}

// at gives the place of a setting in the user's file: in the target where that has it.
func (in *input) at(path string) diag.Range { return in.file.TargetRange(in.target, path) }

// plan gives what the plan is made of.
func (in *input) plan() plan.Input {
	return plan.Input{
		Config:    in.config,
		At:        in.at,
		Facts:     in.facts,
		Scan:      in.scanned,
		Go:        in.golang,
		Fetch:     in.fetch,
		Base:      in.base.ref,
		Build:     in.build,
		Targets:   in.targets,
		Cgo:       in.cgo.On(),
		CgoOff:    in.cgo.Off(),
		Namespace: in.namespace,
		VCS:       in.commit,
		Created:   in.created,
		Licenses:  in.licenses,
	}
}

// addFile makes the configuration known to locate.
func (b *builder) addFile(src *dockerui.Source) {
	b.files.add(src.Filename, src.Language, src.Data, src.Definition)
}
