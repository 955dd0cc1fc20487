package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
)

const buildHelp = `Build makes an image of the Go module in DIR (default ".") with BuildKit. It needs no Docker: BuildKit is that of
--addr, --builder, $BUILDKIT_HOST or $BUILDX_BUILDER, else what docker and buildx would use, else a private one is started. "modship builders"
lists them.

DIR is the folder of a module, or of a main package of it. The context is the folder of the module; where a go.work that uses it, or a replace
in its go.mod, needs what lies beside that, it is the folder of the go.work, or the repository, and a line says so. GIT-URL is a repository
that BuildKit fetches, as in https://HOST/NAME.git#REF:DIR.

The configuration is the file of --file, which for a GIT-URL counts from its folder; else DIR/modship.yaml; else DIR/Dockerfile if its
"# syntax=" line names modship, and then the same in the folder of the module; else there is none, and the module's only main package is
built with the defaults.

These go from this machine into the build unless a flag says otherwise: the module settings GOPROXY, GOSUMDB, GOPRIVATE,
GONOSUMDB and GONOPROXY (of the environment, else of "go env -changed"), HTTP_PROXY, HTTPS_PROXY, NO_PROXY and
SOURCE_DATE_EPOCH as build arguments; the system's CA certificates ($SSL_CERT_FILE) as the secret "ca"; passwords of registries when
BuildKit asks for them. User names and passwords in the addresses of GOPROXY, GOSUMDB and the proxies go as the secret "netrc". What GOAUTH
and the credential helpers of git know of the hosts of private modules goes to the steps that fetch these.

Exit codes:
    0  the build has succeeded
    1  the build has failed
    2  a mistake in the flags or in the configuration; all that can be found at once are reported
    3  no BuildKit could be reached or started
  130  interrupted; a second interrupt does not wait for BuildKit to let go`

const buildExamples = `  modship build
  modship build -t app --load
  modship build --platform linux/amd64,linux/arm64 -t ghcr.io/me/app:1.2.3 --push
  modship build -o dist
  modship build -o type=oci,dest=app.tar ./service
  modship build ./cmd/app
  modship build https://github.com/me/app.git#v1.2.3`

// NewBuildCommand returns the cobra command of `modship build`.
func NewBuildCommand(env Env) *cobra.Command {
	var o BuildOptions
	cmd := &cobra.Command{
		Use:     "build [DIR|GIT-URL]",
		Short:   "Build an image of a Go module",
		Long:    buildHelp,
		Example: buildExamples,
		Args:    oneDir,
		RunE: inDir(env, &o.Source.Dir, func(ctx context.Context) error {
			o.Source.Dir, o.Pattern = splitPattern(o.Source.Dir)
			return Build(ctx, env, o)
		}),
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	o.addFlags(cmd.Flags())
	completeFlags(cmd)
	groupHelp(cmd)
	return cmd
}

// BuildOptions are the flags of `modship build`, as typed.
type BuildOptions struct {
	JobOptions
	Annotations AnnotationOptions
	Output      OutputOptions
	Attest      AttestOptions
	Cache       CacheOptions
	// All builds every target; Pattern those whose main packages match it, as in ./cmd/...
	All     bool
	Pattern string
	// Since is a commit: of the targets that are meant, those are built that have changed since then.
	Since commitName
}

// commitName is a flag that names a commit. One that is empty, such as a variable that nobody has set, is no wish to build without it.
type commitName string

func (c *commitName) String() string { return string(*c) }

// Type is that of the flag in help.
func (*commitName) Type() string { return "string" }

// Set takes a name.
func (c *commitName) Set(v string) error {
	if v == "" {
		return errors.New("it names no commit; leave it out to build all that is meant, or name one, as in --since origin/main")
	}
	*c = commitName(v)
	return nil
}

// addFlags adds the flags in the order of the help.
func (o *BuildOptions) addFlags(f *pflag.FlagSet) {
	f.SortFlags = false
	group(f, "What is built", o.addSourceFlags, o.Annotations.addFlags)
	group(f, "What it is built with", o.Secrets.addFlags, o.Contexts.addFlags, o.Policy.addFlags)
	group(f, "What becomes of it", o.Output.addFlags, o.Attest.addFlags)
	group(f, "The build cache", o.Cache.addFlags)
	group(f, "BuildKit and its progress", o.Daemon.addFlags)
}

// addSourceFlags adds those that say which images are meant.
func (o *BuildOptions) addSourceFlags(f *pflag.FlagSet) {
	o.Source.addFlags(f)
	f.Lookup("target").Usage = "`NAME` of an image, or NAME,NAME of several: of the configuration, or without targets and main in it of a main package"
	f.BoolVar(&o.All, "all", false, "build every target")
	f.Var(&o.Since, "since", "build the targets whose files, modules or configuration changed since the commit `REF`")
}

// Build builds. The error it returns is an [*ExitError].
func Build(ctx context.Context, env Env, o BuildOptions) error {
	if o.isMany() {
		return buildMany(ctx, env, o)
	}
	b, err := newBuild(ctx, env, o)
	if err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	daemon, err := b.start(ctx, env)
	if err != nil {
		return err
	}
	defer daemon.Close()
	defer b.discard()
	if err := b.deliver(ctx, env, daemon, func(w string) { Warn(env.Stderr, w) }); err != nil {
		return err
	}
	if err := b.makeFolders(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	if err := b.askNames(ctx, env, daemon.Client); err != nil {
		return err
	}
	res, err := b.solve(ctx, env, daemon.Client)
	if err != nil {
		return err
	}
	if err := b.commit(ctx); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	if err := b.report(env, res); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return nil
}

// build is a job with what becomes of its result.
type build struct {
	*job
	options OutputOptions
	outputs []output
	// folders are those that were made for outputs.
	folders []string
}

// newBuild gives an error that lists all mistakes as [diag.Error]s.
func newBuild(ctx context.Context, env Env, o BuildOptions) (*build, error) {
	var mistakes diag.List
	b := &build{job: newJob(ctx, env, o.JobOptions, o.Output.Quiet, &mistakes), options: o.Output}
	b.outputs = o.Output.parse(env.Stdout, &mistakes)
	o.Output.compress(b.outputs, func() bool { return b.knowsConfig() && b.definition.onScratch(o.Source.Target, b.opt.FrontendAttrs) }, &mistakes)
	o.addTo(&b.opt, b.outputs, &mistakes)
	addAWSKeys(b.opt.CacheImports, env.LookupEnv)
	addAWSKeys(b.opt.CacheExports, env.LookupEnv)
	b.warnings = append(b.warnings, o.warnings(b.outputs)...)
	return b, mistakes.Err()
}

// addTo adds to the request what is only a build's.
func (o BuildOptions) addTo(opt *client.SolveOpt, outputs []output, mistakes *diag.List) {
	for k, v := range o.Attest.parse(mistakes) {
		opt.FrontendAttrs["attest:"+k] = v
	}
	o.Cache.addTo(opt, mistakes)
	index := hasIndex(opt.FrontendAttrs)
	annotations := o.Annotations.parse(index, mistakes)
	if slices.ContainsFunc(outputs, output.isImage) && !slices.ContainsFunc(outputs, output.hasOCITypes) {
		opt.FrontendAttrs[frontend.OptionDockerTypes] = "true"
	}
	for _, out := range outputs {
		if out.Type == client.ExporterDocker && out.load == "" && strings.Contains(opt.FrontendAttrs["platform"], ",") {
			flagMistake(mistakes, "output", "type=docker holds an image of one platform").Help = "give one --platform, or use type=oci"
		}
		if out.isImage() {
			checkOutputAnnotations(out, index, mistakes)
			maps.Copy(out.Attrs, annotations)
		}
		opt.Exports = append(opt.Exports, out.ExportEntry)
	}
}

// warnings names the flags that have no effect.
func (o BuildOptions) warnings(outputs []output) []string {
	var warnings []string
	images := false
	if name := path.Base(o.Source.Target); slices.Contains(defaults.FileOutputs(), name) && slices.ContainsFunc(outputs, output.isImage) {
		warnings = append(warnings, fmt.Sprintf("--target %s gives files, and what is made of them is no image that starts: they are for -o DIR", o.Source.Target))
	}
	for _, out := range outputs {
		images = images || out.isImage()
	}
	switch {
	case len(outputs) == 0 && len(o.Output.Outputs) == 0:
		warnings = append(warnings, "no --tag, --load, --push or --output: the image is built and verified, and stays in the build cache only")
	case !images && len(o.Output.Tags) > 0:
		warnings = append(warnings, "--tag has no effect: no --output is an image")
	}
	if !images && len(o.Annotations) > 0 {
		warnings = append(warnings, "--annotation has no effect: no --output is an image")
	}
	return append(warnings, unknownAttributes(outputs)...)
}

// commit puts the archives in their places, and the images that are loaded in theirs.
func (b *build) commit(ctx context.Context) error {
	for _, out := range b.outputs {
		if err := out.file.commit(); err != nil {
			return err
		}
		if out.finish != nil {
			if err := out.finish(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// discard removes what commit has not put in its place.
func (b *build) discard() {
	for _, out := range b.outputs {
		out.file.discard()
		if out.temporary != "" {
			_ = os.RemoveAll(out.temporary)
		}
	}
	for _, dir := range slices.Backward(b.folders) {
		_ = os.Remove(dir) // which leaves those that have something in them
	}
}

// makeFolders makes the folders that outputs go to and that are not there, as mkdir does: BuildKit's client library would make them for
// their owner alone, who need not be the one to run the programs.
func (b *build) makeFolders() error {
	for _, out := range b.outputs {
		var missing []string
		for dir := out.OutputDir; dir != ""; dir = filepath.Dir(dir) {
			if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
				break // what is wrong with it, those say that use it
			}
			missing = append(missing, dir)
		}
		for _, dir := range slices.Backward(missing) {
			switch err := os.Mkdir(dir, 0o777); {
			case err == nil:
				b.folders = append(b.folders, dir)
			case !errors.Is(err, fs.ErrExist): // as where a target beside this one has made it
				return fmt.Errorf("making the folder of an output: %w", err)
			}
		}
	}
	return nil
}
