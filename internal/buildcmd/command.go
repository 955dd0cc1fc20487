package buildcmd

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/modship-build/modship/internal/diag"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const longHelp = `Build makes an image of the Go module in DIR (default ".") with BuildKit. It needs no Docker: BuildKit is found
at --addr or $BUILDKIT_HOST, else in Docker, else a private one is started.

The configuration is the file of --file; else DIR/modship.yaml; else DIR/Dockerfile if its "# syntax=" line names
modship; else there is none, and the module's only main package is built with the defaults.

These go from this machine into the build unless a flag says otherwise: the module settings GOPROXY, GOSUMDB, GOPRIVATE,
GONOSUMDB and GONOPROXY (of the environment, else of "go env"), HTTP_PROXY, HTTPS_PROXY, NO_PROXY and SOURCE_DATE_EPOCH
as build arguments; the system's CA certificates ($SSL_CERT_FILE) as the secret "ca"; registry credentials of Docker's
configuration. The build steps run this program; if BuildKit runs on another platform, $MODSHIP_STEP names a modship
for it.

Exit codes:
    0  the build has succeeded
    1  the build has failed
    2  a mistake in the flags or in the configuration; all that can be found at once are reported
    3  no BuildKit could be reached or started
  130  interrupted; a second interrupt does not wait for BuildKit to let go`

const examples = `  modship build
  modship build --platform linux/amd64,linux/arm64 -t ghcr.io/me/app:1.2.3 --push
  modship build -o dist
  modship build -o type=oci,dest=app.tar ./service`

// NewCommand returns the cobra command of `modship build`.
func NewCommand(env Env) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:     "build [DIR]",
		Short:   "Build an image of a Go module",
		Long:    longHelp,
		Example: examples,
		Args:    cobra.MaximumNArgs(1),
		RunE:    inDir(env, &o, Run),
	}
	cmd.SetFlagErrorFunc(SuggestFlag)
	addFlags(cmd.Flags(), &o)
	return cmd
}

// inDir runs a command on the folder that its argument names, until it ends or the user interrupts it.
func inDir(env Env, o *Options, run func(context.Context, Env, Options) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		o.Dir = "."
		if len(args) > 0 {
			o.Dir = args[0]
		}
		signals := make(chan os.Signal, 2)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
		ctx, stop := Interruptible(cmd.Context(), signals, env.Stderr, os.Exit)
		defer stop()
		return run(ctx, env, *o)
	}
}

func addFlags(f *pflag.FlagSet, o *Options) {
	f.SortFlags = false
	AddSourceFlags(f, o)
	f.StringArrayVar(&o.Annotations, "annotation", nil, "annotation `[TYPE:]KEY=VALUE`; TYPE is manifest, index, manifest-descriptor or\n"+
		"index-descriptor, a manifest may have a platform in brackets")
	f.StringArrayVar(&o.Secrets, "secret", nil, "`SECRET` for steps that download, id=NAME[,src=FILE|,env=VARIABLE]; used are ca and netrc")
	f.StringArrayVar(&o.SSH, "ssh", nil, "SSH `AGENT` or keys, default|ID[=SOCKET|KEY[,KEY]]; accepted, but no step of this version uses it")
	f.StringArrayVar(&o.BuildContexts, "build-context", nil, "named context `NAME=VALUE`; VALUE is a directory, docker-image://, oci-layout://, or the\n"+
		"URL of a repository or an archive")

	f.StringArrayVarP(&o.Tags, "tag", "t", nil, "`NAME` of the image")
	f.BoolVar(&o.Push, "push", false, "push the image to its registry")
	f.StringArrayVarP(&o.Outputs, "output", "o", nil, "`OUTPUT` of the build, type=image|registry|oci|docker|tar|local[,dest=PATH]; a path alone\n"+
		"is a directory, - a tar on standard output")
	f.StringVar(&o.MetadataFile, "metadata-file", "", "write the digests and descriptors of the result to `FILE` as JSON")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print the digest of the image only")

	f.StringArrayVar(&o.Attests, "attest", nil, "`ATTESTATION` made by BuildKit, type=sbom|provenance[,KEY=VALUE] (default: none)")
	f.StringVar(&o.SBOM, "sbom", "", "`VALUE` true, false or parameters for --attest type=sbom (default: none)")
	f.StringVar(&o.Provenance, "provenance", "", "`VALUE` true, false or parameters for --attest type=provenance (default: none)")

	f.StringArrayVar(&o.CacheFrom, "cache-from", nil, "`CACHE` to import, type=registry,ref=NAME or type=local,src=DIR")
	f.StringArrayVar(&o.CacheTo, "cache-to", nil, "`CACHE` to export, type=registry,ref=NAME[,mode=max] or type=local,dest=DIR")
	f.BoolVar(&o.NoCache, "no-cache", false, "do not use the build cache")
	f.StringSliceVar(&o.NoCacheFilter, "no-cache-filter", nil, "do not use the build cache for the `STAGE`s named")

	f.StringVar(&o.Progress, "progress", "auto", "progress `MODE` on standard error: auto, plain, tty, quiet, rawjson")
	f.StringVar(&o.Addr, "addr", "", "`ADDRESS` of the BuildKit daemon (default: $BUILDKIT_HOST)")
}

// SuggestFlag adds the nearest flag to an error about an unknown one.
func SuggestFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return &diag.Error{Msg: err.Error(), Help: diag.Suggest("--"+unknown.GetSpecifiedName(), names)}
}
