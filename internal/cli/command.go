package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

const longHelp = `Build makes an image of the Go module in DIR (default ".") with BuildKit. It needs no Docker: BuildKit is found
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
		Args:    OneDir,
		RunE:    inDir(env, &o, Run),
	}
	cmd.SetFlagErrorFunc(SuggestFlag)
	addFlags(cmd.Flags(), &o)
	return cmd
}

// OneDir is cobra.MaximumNArgs(1) for the commands whose argument is a directory; it says what to do instead of naming two.
func OneDir(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("one directory at most, the root of a module, not %d: %s; a package of it is chosen with main: in the configuration", len(args), strings.Join(args, ", "))
	}
	return nil
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
		ctx, stop := interruptible(cmd.Context(), signals, env.Stderr, os.Exit)
		defer stop()
		return run(ctx, env, *o)
	}
}
