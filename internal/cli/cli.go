// Package cli is the command modship: `modship build` turns the flags that people know from `docker buildx build` into one
// solve of a BuildKit daemon, with the frontend running in this process; each other command has a file of its name.
//
// Everything that a user can have typed wrong is looked at before a daemon is, and all mistakes are reported at once, as
// [diag.Error]s whose File is the flag. Errors leave the package as [*ExitError], which knows the exit code of the process.
// Standard output belongs to a command's results alone: the digest under --quiet, the archive under `-o -`. Everything for
// people goes to standard error.
package cli

import (
	"context"
	"io"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/docker"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/stepnet"
)

// Env is the machine and the parts of the program that a build depends on.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LookupEnv reads an environment variable, as os.LookupEnv does.
	LookupEnv func(string) (string, bool)
	// GoEnv reads the files in which the go command keeps settings, those that count most first; [GoEnv] is the real one.
	GoEnv func(context.Context) ([]GoEnvFile, error)
	// Hostname tells the machines apart that share one BuildKit.
	Hostname string
	// Executable is the path of the running program.
	Executable string
	// Connect finds a BuildKit daemon, or starts one.
	Connect func(context.Context, DaemonOptions) (*Daemon, error)
	// Builders lists what there is for Connect.
	Builders func(context.Context, DaemonOptions) ([]engine.Found, error)
	// Docker is where the user's settings for Docker are.
	Docker docker.Settings
	// Frontend makes the result; [frontend.FromClient] is the real one.
	Frontend gateway.BuildFunc
}

// Daemon is a connection to BuildKit.
type Daemon struct {
	Client *client.Client
	// Choice says in one line which one it is, and why; "" says nothing.
	Choice string
	// Docker is where the Docker daemon is whose BuildKit it is, or nil. ClassicStore says that it keeps images in its older store.
	Docker       *docker.Context
	ClassicStore bool
	// Close lets go of the connection and of what was started for it.
	Close func()
	// StepProxy gives the URL of the HTTP proxy that steps of this daemon reach the network through, for a build with these settings; ""
	// if they need none. Nil is for a daemon that has none.
	StepProxy func(context.Context, stepnet.Settings) (string, error)
}
