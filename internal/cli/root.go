package cli

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/log"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/docker"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/imagetool"
)

// NewRoot returns the command modship, on the real machine.
func NewRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "modship",
		Short:         "Build OCI images of Go modules with BuildKit",
		SilenceErrors: true, // main prints them
		SilenceUsage:  true,
		Version:       cmp.Or(version(), unknownVersion),
	}
	root.SetVersionTemplate("{{.Version}}\n")
	env := environment()
	root.AddCommand(NewBuildCommand(env), newPlanCommand(env), newCheckCommand(env), newTargetsCommand(env), newAnnotateCommand(env), NewVerifyCommand(env), newBuildersCommand(env), NewEngineCommand(env, engineOptions), newFrontendCommand(), newStepCommand(), newVersionCommand())
	imagetool.AddManual(root)
	return root
}

// environment is the real machine. Standard error has what this package says, and lines of JSON in one mode: the libraries of BuildKit log to
// it as well, of writes to a local cache that they try again, and what goes wrong they return.
func environment() Env {
	log.L.Logger.SetOutput(io.Discard)
	hostname, _ := os.Hostname()     // empty is a name too
	executable, _ := os.Executable() // the build says so if it is of no use
	return Env{
		Stdin:      os.Stdin,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		LookupEnv:  os.LookupEnv,
		GoEnv:      GoEnv,
		Hostname:   hostname,
		Executable: executable,
		Connect:    findDaemon,
		Builders: func(ctx context.Context, o DaemonOptions) ([]engine.Found, error) {
			return engine.List(ctx, daemonOptions(o))
		},
		Docker:   docker.Settings{Getenv: os.Getenv},
		Frontend: frontend.FromClient,
	}
}

// findDaemon finds a BuildKit, or starts one.
func findDaemon(ctx context.Context, d DaemonOptions) (*Daemon, error) {
	e, err := engine.Connect(ctx, daemonOptions(d))
	if err != nil {
		return nil, err
	}
	return &Daemon{
		Client: e.Client(), Close: func() { e.Close() }, StepProxy: e.StepProxy,
		Choice: choiceLine(e), Docker: e.Docker, ClassicStore: e.ClassicStore,
	}, nil
}

// choiceLine says which BuildKit a build uses.
func choiceLine(e *engine.Engine) string {
	line := "BuildKit " + cmp.Or(e.Version, "of an unknown version") + ": " + e.Name
	if e.ClassicStore {
		line += ", classic image store"
	}
	return line + "; " + e.Why
}

// daemonOptions say where to look for a BuildKit.
func daemonOptions(d DaemonOptions) engine.Options {
	o := engineOptions()
	o.Addr, o.Builder = d.Addr, d.Builder
	return o
}

// engineOptions are those of the private daemon on this machine.
func engineOptions() engine.Options {
	o := engine.Options{Getenv: os.Getenv, Progress: os.Stderr}
	if dir, err := os.UserCacheDir(); err != nil {
		o.NoCacheDir = err // only a private daemon needs one
	} else {
		o.CacheDir = filepath.Join(dir, "modship")
	}
	return o
}
