package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/cloudkeychain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/safetext"
	"github.com/modship-build/modship/internal/verify"
)

const verifyHelp = `Verify builds again what IMAGE says that it was built from, and says platform by platform whether the same image comes out,
bit by bit, or else what differs and the likely reason.

The source is that in DIR, or that of GIT-URL at the revision that the image says. Without either it is the repository that the image says,
which must be an https URL of the public web. Version of Go, platforms, target, folder, labels and time are those of the image.
Attestations are named and not compared.

A DIR that has another module, or is at another commit, is refused before anything is built; --any-commit allows the latter.

The image is not trusted. The build runs as every build of modship does, so no code of it has a network. It is given no secrets but those of
--secret and --ssh, and no credentials of registries without --registry-credentials; IMAGE itself is read with them. Without DIR and GIT-URL, secrets
for git name the host that they are for, id=GIT_AUTH_TOKEN.HOST, and --ssh is refused.

` + imagetool.SourceHelp + `

Exit codes:
    0  the image is what the build makes
    1  there are differences
    2  wrong usage
    3  the image could not be read, or not be built again
  130  interrupted`

const verifyExamples = `  modship verify ghcr.io/me/app:1.2.3
  modship verify oci-archive:app.tar .
  modship verify --platform linux/amd64 ghcr.io/me/app:1.2.3 https://github.com/me/app.git`

// NewVerifyCommand returns the cobra command of `modship verify`.
func NewVerifyCommand(env Env) *cobra.Command {
	o := VerifyOptions{output: imagetool.NewFormat("text", "json"), images: imagetool.Source{Clouds: cloudkeychain.New()}}
	cmd := &cobra.Command{
		Use:     "verify IMAGE [DIR|GIT-URL]",
		Short:   "Build an image again, and say whether it is the same",
		Long:    verifyHelp,
		Example: verifyExamples,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Image, args = args[0], args[1:]
			return inDir(env, &o.From, func(ctx context.Context) error {
				if len(args) == 0 {
					o.From = ""
				}
				return Verify(ctx, env, o)
			})(cmd, args)
		},
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	f := cmd.Flags()
	f.SortFlags = false
	o.output.AddFlag(cmd)
	f.StringSliceVar(&o.Source.Platforms, "platform", nil, "`PLATFORM`s of the image to verify (default: all)")
	f.StringVarP(&o.Source.File, "file", "f", "", "configuration `FILE` that the image was built with, if it is not in the source; - is standard input")
	f.StringArrayVar(&o.Source.BuildArgs, "build-arg", nil, "argument `KEY=VALUE` that the image was built with; KEY alone takes it from the environment")
	o.Contexts.addFlags(f)
	f.Lookup("build-context").Usage = "named context `NAME=VALUE`, as for modship build"
	o.Policy.addFlags(f)
	f.StringSliceVar(&o.Ignore, "ignore", nil, "differences that do not count: `WHAT`, as for oci-diff")
	f.BoolVar(&o.Deep, "deep", false, "say how programs and texts differ: build information of Go, ELF headers, lines")
	o.Secrets.addFlags(f)
	f.BoolVar(&o.AnyCommit, "any-commit", false, "build DIR also if it is at another commit than the one that the image was built from")
	f.BoolVar(&o.RegistryCredentials, "registry-credentials", false, "pull base images with the registry credentials of this machine")
	o.images.AddFlags(cmd)
	o.Daemon.addFlags(f)
	return cmd
}

// VerifyOptions are the flags of `modship verify`, as typed.
type VerifyOptions struct {
	JobOptions
	// Image is read; From is a folder, the URL of a repository, or "".
	Image, From string
	Ignore      []string
	Deep        bool
	// AnyCommit says that a folder is built at whatever commit it is.
	AnyCommit bool
	// RegistryCredentials says that the build may have them.
	RegistryCredentials bool

	images imagetool.Source
	output *imagetool.Format
}

// Verify builds an image again and compares. The error it returns is an [*ExitError].
func Verify(ctx context.Context, env Env, o VerifyOptions) error {
	var mistakes diag.List
	ignore, err := ocidiff.ParseIgnore(o.Ignore)
	if err != nil {
		flagMistake(&mistakes, "ignore", "%v", err)
	}
	only := parsePlatforms(o.Source.Platforms, &mistakes)
	checkPlatforms(only, &mistakes)
	o.checkSecrets(&mistakes)
	if err := mistakes.Err(); err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	source, img, err := o.read(ctx, o.Image, true)
	if errors.Is(err, ociread.ErrReference) {
		return exitError(ctx, ExitUsage, err)
	}
	if err != nil {
		return unread(ctx, err)
	}
	defer source.Close()
	recipe, err := img.Recipe(only)
	if err != nil {
		return unread(ctx, err)
	}
	if err := o.checkContexts(recipe); err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	again, err := o.again(ctx, env, recipe)
	if err != nil {
		return err
	}
	defer again.close()
	report, err := again.compare(ctx, env, o, img, ocidiff.Options{Ignore: ignore, Deep: o.Deep})
	if err != nil {
		return err
	}
	if err := o.write(env, report); err != nil {
		return unread(ctx, fmt.Errorf("writing the result: %w", err))
	}
	if !report.Equal {
		return exitError(ctx, ExitFailed, nil)
	}
	return nil
}

// unread is for what could not be read, or not be built again.
func unread(ctx context.Context, err error) *ExitError {
	return exitError(ctx, imagetool.ExitUnread, safetext.Error(err))
}

func (o *VerifyOptions) read(ctx context.Context, ref string, programs bool) (*ociread.Source, *verify.Image, error) {
	source, err := o.images.Open(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	img, err := verify.Read(ctx, source, programs)
	if err != nil {
		source.Close()
		return nil, nil, err
	}
	return source, img, nil
}

func (o *VerifyOptions) write(env Env, report *verify.Report) error {
	if o.output.String() == "json" {
		return imagetool.WriteJSON(env.Stdout, report)
	}
	return report.Text(env.Stdout)
}

// again is the build that makes an image again.
type again struct {
	*job
	recipe *verify.Recipe
	// from says where the source is, for people.
	from string
	// remote are the addresses of a repository, the best first; none for a local folder.
	remote []string
	// dir holds the archive that it makes.
	dir string
}

// again prepares the build. The error is an [*ExitError].
func (o *VerifyOptions) again(ctx context.Context, env Env, recipe *verify.Recipe) (*again, error) {
	a := &again{recipe: recipe}
	repository, err := o.repository(recipe)
	if err != nil {
		return nil, unread(ctx, err)
	}
	job := o.JobOptions
	job.Secrets.withoutRegistries = !o.RegistryCredentials
	job.Secrets.withoutHosts, job.Secrets.repository = true, repository
	job.Source.Platforms, job.Source.Target = recipe.Platforms, recipe.Target
	job.Source.BuildArgs = append([]string{fmt.Sprintf("SOURCE_DATE_EPOCH=%d", recipe.Epoch)}, o.Source.BuildArgs...)
	if repository != "" {
		if recipe.Revision == "" {
			return nil, unread(ctx, errors.New("the image does not say of which revision it is; name a folder with its source"))
		}
		a.from, a.remote = repository+" at "+recipe.Revision, recipe.URLs(repository)
		job.Source.remote = true
	} else {
		place, file, err := sourceIn(o.From, recipe)
		if err != nil {
			return nil, unread(ctx, err)
		}
		if err := o.checkFolder(place.context, recipe); err != nil {
			return nil, exitError(ctx, ExitUsage, err)
		}
		job.Source.Dir, job.Source.place, a.from = place.context, place, place.context
		if job.Source.File == "" {
			job.Source.File = file
		}
	}
	var mistakes diag.List
	a.job = newJob(ctx, env, job, false, &mistakes)
	if err := mistakes.Err(); err != nil {
		return nil, exitError(ctx, ExitUsage, err)
	}
	if a.dir, err = os.MkdirTemp("", "modship-verify-"); err != nil {
		return nil, unread(ctx, fmt.Errorf("making a folder for the image: %w", err))
	}
	a.request(o.From != "")
	return a, nil
}

func (a *again) close() { _ = os.RemoveAll(a.dir) }

// compare builds, reads what was built, and compares.
func (a *again) compare(ctx context.Context, env Env, o VerifyOptions, img *verify.Image, opts ocidiff.Options) (*verify.Report, error) {
	if a.speaks() {
		fmt.Fprintln(env.Stderr, a.recipe.Words(a.from))
	}
	daemon, err := a.start(ctx, env)
	if err != nil {
		return nil, err
	}
	defer daemon.Close()
	if daemon.ClassicStore {
		var mistakes diag.List
		classicMistake(env, daemon, &mistakes, "builder", "archives that can be compared")
		return nil, exitError(ctx, ExitUsage, mistakes.Err())
	}
	if len(a.remote) > 0 {
		env.Frontend = a.fetching(env.Frontend, o.Source.File != "")
	}
	res, err := a.solve(ctx, env, daemon.Client)
	if err != nil {
		return nil, notBuilt(err)
	}
	a.warn(env, res.warnings)
	source, rebuilt, err := o.read(ctx, "oci-archive:"+a.archive(), false)
	if err != nil {
		return nil, unread(ctx, err)
	}
	defer source.Close()
	report, err := verify.Compare(img, rebuilt, a.recipe, opts)
	if err != nil {
		return nil, unread(ctx, err)
	}
	report.From = a.from
	return report, nil
}

// notBuilt gives an error of a build the code of this command: also a mistake in a configuration is none in its usage.
func notBuilt(err error) error {
	if exit, ok := errors.AsType[*ExitError](err); ok && exit.Code != ExitInterrupted {
		return &ExitError{Code: imagetool.ExitUnread, Err: fmt.Errorf("building again: %w", exit.Err), Sources: exit.Sources}
	}
	return err
}
