package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/cli"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/step"
	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "modship",
		Short:         "Build OCI images of Go modules with BuildKit",
		SilenceErrors: true, // main prints them
		SilenceUsage:  true,
		Version:       cmp.Or(version(), unknownVersion),
	}
	root.SetVersionTemplate("{{.Version}}\n")
	env := environment()
	root.AddCommand(cli.NewCommand(env), cli.NewPlanCommand(env), newAnnotate(env), newFrontend(), newStep(), newVersion())
	return root
}

// environment is the real machine.
func environment() cli.Env {
	hostname, _ := os.Hostname()     // empty is a name too
	executable, _ := os.Executable() // the build says so if it is of no use
	return cli.Env{
		Stdin:      os.Stdin,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		LookupEnv:  os.LookupEnv,
		GoEnv:      cli.GoEnv,
		Hostname:   hostname,
		Executable: executable,
		Connect:    connect,
		Frontend:   frontend.FromClient,
	}
}

func connect(ctx context.Context, addr string) (*cli.Daemon, error) {
	o := engine.Options{Addr: addr, Getenv: os.Getenv, Progress: os.Stderr}
	if dir, err := os.UserCacheDir(); err != nil {
		o.NoCacheDir = err // only a private daemon needs one
	} else {
		o.CacheDir = filepath.Join(dir, "modship")
	}
	e, err := engine.Connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return &cli.Daemon{Client: e.Client(), Close: func() { e.Close() }, StepProxy: e.StepProxy}, nil
}

// newStep takes its arguments as they are: they belong to the step.
func newStep() *cobra.Command {
	return &cobra.Command{
		Use:                "step NAME [ARG...]",
		Short:              "Run a step of a build; BuildKit does this",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(step.Run(cmd.Context(), args))
		},
	}
}

// failed gives an error of a role the exit code 1.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &cli.ExitError{Code: cli.ExitFailed, Err: err}
}

// unknownVersion is that of a program without build information.
const unknownVersion = "modship, of unknown version"

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), cmp.Or(version(), unknownVersion))
			return failed(err)
		},
	}
}
