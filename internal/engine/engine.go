// Package engine finds a BuildKit for `modship build`, or starts a private one.
//
// [Connect] looks, in this order, at Options.Addr, Options.Builder, BUILDKIT_HOST and BUILDX_BUILDER; at what docker and buildx would use,
// as package docker finds it; and at last uses a private buildkitd whose state lives in the user's cache directory. The first four are the
// user's word: when they do not answer, that is an error. What is set up for Docker is an offer: when it does not answer, the search
// goes on, and says so.
//
// The private daemon (Linux) is shared by all processes of the user that ask for the same configuration. It belongs
// to a supervisor, which is the calling program started once more with [SuperviseCommand]: it stops the daemon when no
// client has held the lease for Options.IdleTimeout, and the kernel stops the daemon when the supervisor dies. The daemon is
// the first process of a PID and a mount namespace of its own, so nothing it started and nothing it mounted outlives it,
// however it ends. Every other kind of damage (stale socket, killed daemon, half-written status) is repaired by the next
// Connect, under a file lock.
//
// A program that uses the private daemon or [Start] hands the command over first thing in main, a test binary in TestMain:
//
//	if len(os.Args) > 1 && os.Args[1] == engine.SuperviseCommand {
//		os.Exit(engine.Supervise(os.Args[2:]))
//	}
//
// The programs themselves (buildkitd and the other tools of the integration tests) are built once from pinned sources, see
// [Tools].
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/moby/buildkit/client"
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer"
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"

	"github.com/modship-build/modship/internal/docker"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/safetext"
	"github.com/modship-build/modship/internal/stepnet"
)

// SuperviseCommand is the hidden first argument with which a program that uses this package is started again; the rest of
// its arguments belong to [Supervise].
const SuperviseCommand = "engine-supervise"

// KeepVariable names the variable that says how much the private daemon keeps of its build cache, as in 20GB.
const KeepVariable = "MODSHIP_ENGINE_KEEP"

// DefaultIdleTimeout is how long an unused private daemon keeps running.
const DefaultIdleTimeout = 15 * time.Minute

// Options says where to look for a BuildKit. The zero value finds Docker's at its usual socket.
type Options struct {
	// Addr is an address as buildctl takes it: unix://, tcp://, docker-container://, podman-container://, kube-pod://, ssh://.
	Addr string
	// Builder names a builder of buildx, or a context of docker, or is private.
	Builder string
	// Getenv looks up BUILDKIT_HOST, BUILDX_BUILDER, KeepVariable, what package docker reads, and the PATH in which runc and go are looked for. Nil
	// means an empty environment, and the PATH of the process.
	Getenv func(string) string
	// CacheDir is the user's cache directory for Modship; the private daemon needs it. It and every folder above it must belong to this
	// user or root, and be writable by nobody else.
	CacheDir string
	// NoCacheDir says why CacheDir is empty.
	NoCacheDir error
	// Progress takes human-readable lines about what takes long; nil drops them.
	Progress io.Writer
	// IdleTimeout is how long the private daemon survives its last client; 0 means DefaultIdleTimeout. It counts only for the
	// call that starts the daemon.
	IdleTimeout time.Duration
	// Config is the content of a buildkitd.toml. It is part of the private daemon's identity: another configuration is
	// another daemon with another state. Worker network, addresses and paths in it are overridden.
	Config []byte
	// Waits are how long a BuildKit may take to answer.
	Waits Waits
}

func (o Options) getenv(key string) string {
	if o.Getenv == nil {
		return ""
	}
	return o.Getenv(key)
}

// lookPath finds a program in the PATH that o names.
func (o Options) lookPath(name string) (string, error) {
	return localfile.FindProgram(name, cmp.Or(o.getenv("PATH"), os.Getenv("PATH")))
}

// lookPath finds a program in the PATH of the process.
func lookPath(name string) (string, error) { return localfile.FindProgram(name, os.Getenv("PATH")) }

func (o Options) progressf(format string, args ...any) {
	progressf(o.Progress, format, args...)
}

func progressf(w io.Writer, format string, args ...any) {
	if w != nil {
		fmt.Fprintln(w, safetext.Lines(fmt.Sprintf(format, args...)))
	}
}

// Engine is a connected BuildKit that has answered.
type Engine struct {
	// Addr says which one it is. For Docker's own BuildKit it is "docker:" and Docker's address, for a builder of buildx "buildx:" and its
	// name, which no other client takes.
	Addr string
	// Name says which one it is to people, and Why it was taken.
	Name, Why string
	// Version is that of BuildKit, or "".
	Version string
	// Docker is where the Docker daemon is whose BuildKit it is, or nil. With ClassicStore that daemon keeps images in its older store, and
	// BuildKit can make few things there.
	Docker       *docker.Context
	ClassicStore bool

	client *client.Client
	lease  *os.File
	// network is the socket of the private daemon at which the network of build steps is settled, "" elsewhere.
	network string
}

// StepProxy gives the URL of the HTTP proxy through which steps of a build reach the network, with the user's settings for it; "" for
// a daemon whose steps have a network as the daemon gives it to them.
func (e *Engine) StepProxy(ctx context.Context, s stepnet.Settings) (string, error) {
	if e.network == "" {
		return "", nil
	}
	addr, err := registerSteps(ctx, e.network, s)
	if err != nil {
		return "", err
	}
	return "http://" + netip.AddrPortFrom(addr, stepnet.Port).String(), nil
}

// Client returns the connection; it is valid until Close.
func (e *Engine) Client() *client.Client { return e.client }

// Close ends the connection and gives up the claim on the private daemon, which stops when it has been idle long enough.
func (e *Engine) Close() error {
	err := e.client.Close()
	if e.lease != nil {
		err = errors.Join(err, e.lease.Close())
	}
	return err
}
