package cli

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/stepprogram"
)

const buildHelp = `Build makes an image of the Go module in DIR (default ".") with BuildKit. It needs no Docker: BuildKit is found
at --addr or $BUILDKIT_HOST, else in Docker, else a private one is started.

The configuration is the file of --file; else DIR/modship.yaml; else DIR/Dockerfile if its "# syntax=" line names
modship; else there is none, and the module's only main package is built with the defaults.

These go from this machine into the build unless a flag says otherwise: the module settings GOPROXY, GOSUMDB, GOPRIVATE,
GONOSUMDB and GONOPROXY (of the environment, else of "go env -changed"), HTTP_PROXY, HTTPS_PROXY, NO_PROXY and
SOURCE_DATE_EPOCH as build arguments; the system's CA certificates ($SSL_CERT_FILE) as the secret "ca"; registry credentials of Docker's
configuration.

Exit codes:
    0  the build has succeeded
    1  the build has failed
    2  a mistake in the flags or in the configuration; all that can be found at once are reported
    3  no BuildKit could be reached or started
  130  interrupted; a second interrupt does not wait for BuildKit to let go`

const buildExamples = `  modship build
  modship build --platform linux/amd64,linux/arm64 -t ghcr.io/me/app:1.2.3 --push
  modship build -o dist
  modship build -o type=oci,dest=app.tar ./service`

// NewBuildCommand returns the cobra command of `modship build`.
func NewBuildCommand(env Env) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:     "build [DIR]",
		Short:   "Build an image of a Go module",
		Long:    buildHelp,
		Example: buildExamples,
		Args:    OneDir,
		RunE:    inDir(env, &o, Run),
	}
	cmd.SetFlagErrorFunc(SuggestFlag)
	addFlags(cmd.Flags(), &o)
	return cmd
}

// Run builds. The error it returns is an [*ExitError].
func Run(ctx context.Context, env Env, o Options) error {
	job, daemon, err := start(ctx, env, o)
	if err != nil {
		return err
	}
	defer daemon.Close()
	defer job.discard()
	if err := job.makeFolders(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	res, err := job.solve(ctx, env, daemon.Client)
	if err != nil {
		return err
	}
	if err := job.commit(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	if err := job.report(env, res); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return nil
}

// start looks at everything that can be wrong before the daemon is asked to work. The error is an [*ExitError]; without one the
// caller closes the daemon.
func start(ctx context.Context, env Env, o Options) (*job, *Daemon, error) {
	job, err := prepare(ctx, env, o)
	if err != nil {
		return nil, nil, exitError(ctx, ExitUsage, err)
	}
	if job.mode != progressui.RawJSONMode {
		for _, w := range job.warnings {
			Warn(env.Stderr, w)
		}
	}
	daemon, workers, err := connect(ctx, env, o.Addr)
	if err != nil {
		return nil, nil, exitError(ctx, ExitNoBuildKit, err)
	}
	program, err := chooseStep(stepprogram.Find, env.Executable, workers)
	if err != nil {
		daemon.Close()
		return nil, nil, exitError(ctx, ExitUsage, err)
	}
	job.opt.LocalMounts[frontend.StepLocal] = program
	if err := job.useStepProxy(ctx, daemon); err != nil {
		daemon.Close()
		return nil, nil, exitError(ctx, ExitNoBuildKit, err)
	}
	return job, daemon, nil
}

// connect also makes sure that somebody listens: a client of BuildKit connects on its first call only.
func connect(ctx context.Context, env Env, addr string) (*Daemon, []*client.WorkerInfo, error) {
	d, err := env.Connect(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	workers, err := d.Client.ListWorkers(ctx)
	if err != nil {
		d.Close()
		return nil, nil, fmt.Errorf("asking BuildKit for its workers: %w", err)
	}
	return d, workers, nil
}
