package engine

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/docker"
)

// snapshotterLabel is where a worker says how it keeps the files of layers. The one of Docker's BuildKit that keeps images in Docker's
// older store has no such label, by which buildx knows it, too.
const snapshotterLabel = "org.mobyproject.buildkit.worker.snapshotter"

func (o Options) settings() docker.Settings { return docker.Settings{Getenv: o.Getenv} }

// word is the user's word for one BuildKit: an address, or the name of a builder.
type word struct{ addr, builder, why string }

// word is what the flags say, else what the environment says.
func (o Options) word() word {
	host, builder := o.getenv("BUILDKIT_HOST"), o.getenv("BUILDX_BUILDER")
	switch {
	case o.Addr != "":
		return word{addr: o.Addr, why: "--addr names it"}
	case o.Builder != "":
		return word{builder: o.Builder, why: "--builder names it"}
	case host != "":
		return word{addr: host, why: "BUILDKIT_HOST names it"}
	case builder != "":
		return word{builder: builder, why: "BUILDX_BUILDER names it"}
	}
	return word{}
}

// Connect returns a BuildKit that answers; the package comment says which. The caller closes it.
func Connect(ctx context.Context, o Options) (*Engine, error) {
	switch w := o.word(); {
	case w.addr != "":
		return connectAddr(ctx, o, w.addr, w.why)
	case w.builder != "":
		return connectNamed(ctx, o, w.builder, w.why)
	}
	choices, err := o.settings().Current()
	if err != nil {
		o.progressf("not using all that is set up for Docker: %v", err)
	}
	for _, c := range choices {
		e, err := connectBuilder(ctx, o, c)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		o.progressf("not using %s: %v", describe(c.Builder), err)
	}
	if len(choices) > 0 || err != nil {
		return privately(ctx, o, "no other one answers")
	}
	return privately(ctx, o, "nothing else is set up")
}

// privately connects to the private daemon, which it starts.
func privately(ctx context.Context, o Options, why string) (*Engine, error) {
	e, err := connectPrivate(ctx, o)
	if err != nil {
		return nil, err
	}
	workers, err := e.client.ListWorkers(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("asking the private BuildKit for its workers: %w", err), e.Close())
	}
	e.Name, e.Version, e.Why = privateName, askVersion(ctx, e.client, workers), why
	return e, nil
}

// privateName names the private daemon for people.
const privateName = "the private one"

// named finds a builder or context that the user has named. The private daemon is called as in a list, where no other is called so.
func (o Options) named(name string) (b docker.Builder, private bool, err error) {
	if b, err = o.settings().Named(name); err != nil && name == Private {
		return docker.Builder{}, true, nil
	}
	return b, false, err
}

// connectNamed connects to a builder or context that the user has named, or to the private daemon.
func connectNamed(ctx context.Context, o Options, name, why string) (*Engine, error) {
	b, private, err := o.named(name)
	if err != nil {
		return nil, err
	}
	if private {
		return privately(ctx, o, why)
	}
	e, err := connectBuilder(ctx, o, docker.Choice{Builder: b, Why: why})
	if err != nil {
		return nil, fmt.Errorf("connecting to %s, because %s: %w", describe(b), why, err)
	}
	return e, nil
}

// describe names a builder for people.
func describe(b docker.Builder) string {
	if b.Context != nil {
		return fmt.Sprintf("Docker at %s (context %s)", b.Context.Host, b.Context.Name)
	}
	return fmt.Sprintf("builder %s of buildx (%s)", b.Name, b.Driver)
}

func connectBuilder(ctx context.Context, o Options, c docker.Choice) (*Engine, error) {
	dialer, err := o.settings().Dialer(c.Builder)
	if err != nil {
		return nil, err
	}
	for _, addr := range c.Plain() {
		o.warnOfPlain(addr)
	}
	ctx, cancel := withLimit(ctx, o.Waits.of(c.Builder))
	defer cancel()
	cl, workers, err := dial(ctx, "", clientOptions(dialer)...)
	if err != nil {
		return nil, err
	}
	if n := len(c.Endpoints); n > 1 {
		o.progressf("builder %s has %d nodes; modship builds all platforms on one of them", c.Name, n)
	}
	e := &Engine{Addr: "buildx:" + c.Name, Name: describe(c.Builder), Why: c.Why, Version: askVersion(ctx, cl, workers), Docker: c.Context, client: cl}
	if c.Context != nil {
		e.Addr, e.ClassicStore = "docker:"+c.Context.Host, classic(workers)
	}
	return e, nil
}

func clientOptions(d docker.Dialer) []client.ClientOpt {
	opts := []client.ClientOpt{client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return d.Dial(ctx) })}
	if d.Session != nil {
		opts = append(opts, client.WithSessionDialer(d.Session))
	}
	return opts
}

// askVersion is that of BuildKit, or "" for one that does not say it: the workers of some do not.
func askVersion(ctx context.Context, c *client.Client, workers []*client.WorkerInfo) string {
	if v := versionOf(workers); v != "" {
		return v
	}
	info, err := c.Info(ctx)
	if err != nil { // an old one has no such call
		return ""
	}
	return info.BuildkitVersion.Version
}

// versionOf is the version that the workers give.
func versionOf(workers []*client.WorkerInfo) string {
	for _, w := range workers {
		if w.BuildkitVersion.Version != "" {
			return w.BuildkitVersion.Version
		}
	}
	return ""
}

func classic(workers []*client.WorkerInfo) bool {
	for _, w := range workers {
		if _, ok := w.Labels[snapshotterLabel]; ok {
			return false
		}
	}
	return true
}
