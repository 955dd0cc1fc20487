// Package buildcmd is the command `modship build`: it turns the flags that people know from `docker buildx build` into one
// solve of a BuildKit daemon, with the frontend running in this process.
//
// Everything that a user can have typed wrong is looked at before a daemon is, and all mistakes are reported at once, as
// [diag.Error]s whose File is the flag. Errors leave the package as [*ExitError], which knows the exit code of the process.
// Standard output belongs to the build's results alone: the digest under --quiet, the archive under `-o -`. Everything for
// people goes to standard error.
package buildcmd

import (
	"context"
	"fmt"
	"io"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/progress/progressui"
)

// Env is the machine and the parts of the program that a build depends on.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LookupEnv reads an environment variable, as os.LookupEnv does.
	LookupEnv func(string) (string, bool)
	// GoEnv returns the settings of the user's Go installation, or nil if there is none; [GoEnv] is the real one.
	GoEnv func(context.Context) map[string]string
	// Hostname tells the machines apart that share one BuildKit.
	Hostname string
	// Executable is the path of the running program.
	Executable string
	// Connect finds a BuildKit daemon, or starts one. The address is that of --addr and may be empty.
	Connect func(ctx context.Context, addr string) (*Daemon, error)
	// Frontend makes the result; StepLocal is the name of the local source in which it expects the modship binary.
	Frontend  gateway.BuildFunc
	StepLocal string
	// PlanRequest is the subrequest for which Frontend gives the plan.
	PlanRequest string
}

// Daemon is a connection to BuildKit.
type Daemon struct {
	Client *client.Client
	// Close lets go of the connection and of what was started for it.
	Close func()
}

// Options are the flags of `modship build`, as typed.
type Options struct {
	Dir           string // build context
	File          string // configuration file, relative to the working directory; "-" is standard input
	Platforms     []string
	Target        string
	BuildArgs     []string // KEY=VAL, or KEY from the environment
	Labels        []string
	Secrets       []string
	SSH           []string
	Tags          []string
	Push          bool
	Outputs       []string
	CacheFrom     []string
	CacheTo       []string
	NoCache       bool
	NoCacheFilter []string
	Progress      string
	MetadataFile  string
	BuildContexts []string
	Addr          string
	SBOM          string
	Provenance    string
	Attests       []string
	Annotations   []string
	Quiet         bool
	// Plan is the format of the plan to print; "" for a build.
	Plan string
}

// Run builds. The error it returns is an [*ExitError].
func Run(ctx context.Context, env Env, o Options) error {
	job, err := prepare(ctx, env, o)
	if err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	if job.mode != progressui.RawJSONMode {
		for _, w := range job.warnings {
			fmt.Fprintln(env.Stderr, "warning: "+w)
		}
	}
	daemon, workers, err := connect(ctx, env, o.Addr)
	if err != nil {
		return exitError(ctx, ExitNoBuildKit, err)
	}
	defer daemon.Close()
	if err := job.step.runsOn(workers); err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	defer job.discard()
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
