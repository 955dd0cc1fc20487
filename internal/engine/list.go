package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/docker"
	"github.com/modship-build/modship/internal/errgroup"
)

// Found is a BuildKit that there is for the user.
type Found struct {
	// Name is that of the builder of buildx or of the context of docker, else an address, else "private".
	Name string `json:"name"`
	// Driver is that of buildx, or address, or private.
	Driver    string   `json:"driver"`
	Endpoints []string `json:"endpoints,omitzero"`
	// State is running, or error, or what buildx and the private one say of one that does not run: inactive, stopped.
	State string `json:"state"`
	// Version is that of BuildKit, where one runs and says it.
	Version string `json:"buildkit,omitzero"`
	// Store is where a Docker daemon keeps images: containerd or classic.
	Store     string   `json:"store,omitzero"`
	Platforms []string `json:"platforms,omitzero"`
	Error     string   `json:"error,omitzero"`
	// Used says that Connect would use it, and Why.
	Used bool   `json:"used"`
	Why  string `json:"why,omitzero"`
}

// StateError is the state of one that does not answer.
const StateError = "error"

// Private is what the private daemon is called among builders.
const Private = "private"

// The other words of Found.
const (
	stateRunning    = "running"
	stateStopped    = "stopped"
	driverAddress   = "address"
	storeContainerd = "containerd"
	storeClassic    = "classic"
)

// List asks all that there are what they are, at once, and says which one Connect would use. It starts none.
func List(ctx context.Context, o Options) ([]Found, error) {
	w := o.word()
	builders := o.settings().All()
	var named docker.Builder
	var namedPrivate bool
	if w.builder != "" {
		var err error
		if named, namedPrivate, err = o.named(w.builder); err != nil {
			return nil, err
		}
	}
	l := listing{o: o, found: make([]Found, len(builders))}
	var asked errgroup.Group
	for i, b := range builders {
		asked.Go(func() error {
			l.found[i] = l.ask(ctx, b)
			return nil
		})
	}
	var private Found
	asked.Go(func() error {
		private = privateFound(ctx, o)
		return nil
	})
	var at []Found
	if w.addr != "" {
		asked.Go(func() error {
			at = []Found{askAddr(ctx, o, w.addr)}
			return nil
		})
	}
	if err := asked.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(at, l.found, []Found{private})
	switch {
	case w.addr != "":
		all[0].use(w.why)
	case namedPrivate:
		all[len(all)-1].use(w.why)
	case w.builder != "":
		use(all, named, w.why, true)
	default:
		o.useCurrent(all)
	}
	return all, nil
}

// useCurrent marks the first one that answers, in the order of Connect.
func (o Options) useCurrent(all []Found) {
	choices, wrong := o.settings().Current()
	if wrong != nil {
		o.progressf("not using all that is set up for Docker: %v", wrong)
	}
	for _, c := range choices {
		if use(all, c.Builder, c.Why, false) {
			return
		}
	}
	last := &all[len(all)-1]
	if last.State == StateError {
		return
	}
	last.use("no other one answers")
	if len(choices) == 0 && wrong == nil {
		last.Why = "nothing else is set up"
	}
}

func (f *Found) use(why string) { f.Used, f.Why = true, why }

// use marks a builder that can be used, or that is the only one to try, and tells whether it did.
func use(all []Found, b docker.Builder, why string, only bool) bool {
	for i, f := range all {
		if f.Name == b.Name && f.Driver == b.Driver && slices.Equal(f.Endpoints, b.Endpoints) && (only || f.State != StateError) {
			all[i].use(why)
			return true
		}
	}
	return false
}

type listing struct {
	o     Options
	found []Found
	// buildx is asked once for all of its builders.
	buildx   sync.Once
	statuses map[string]docker.Status
	err      error
}

func (l *listing) ask(ctx context.Context, b docker.Builder) Found {
	f := Found{Name: b.Name, Driver: b.Driver, Endpoints: b.Endpoints}
	if b.Context == nil {
		l.buildx.Do(func() { l.statuses, l.err = l.askBuildx(ctx) })
		if l.err != nil {
			return f.failed(l.err)
		}
		s := l.statuses[b.Name]
		f.State, f.Version, f.Platforms, f.Error = s.State, s.Version, s.Platforms, s.Err
		return f
	}
	dialer, err := l.o.settings().Dialer(b)
	if err != nil {
		return f.failed(err)
	}
	ctx, cancel := withLimit(ctx, l.o.Waits.of(b))
	defer cancel()
	return f.answer(ctx)(dial(ctx, "", clientOptions(dialer)...))
}

func (l *listing) askBuildx(ctx context.Context) (map[string]docker.Status, error) {
	ctx, cancel := withLimit(ctx, l.o.Waits.ready())
	defer cancel()
	statuses, err := l.o.settings().Statuses(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return statuses, err
}

// askAddr has the patience of a build.
func askAddr(ctx context.Context, o Options, addr string) Found {
	ctx, cancel := withLimit(ctx, o.Waits.ready())
	defer cancel()
	return Found{Name: addr, Driver: driverAddress}.answer(ctx)(dial(ctx, addr))
}

func (f Found) failed(err error) Found {
	f.State, f.Error = StateError, err.Error()
	return f
}

// answer takes what dial gives, and adds what the BuildKit says of itself.
func (f Found) answer(ctx context.Context) func(*client.Client, []*client.WorkerInfo, error) Found {
	return func(c *client.Client, workers []*client.WorkerInfo, err error) Found {
		if err != nil {
			return f.failed(err)
		}
		defer c.Close()
		return f.describe(askVersion(ctx, c, workers), workers)
	}
}

func (f Found) describe(version string, workers []*client.WorkerInfo) Found {
	f.State, f.Version = stateRunning, version
	if f.Driver == docker.DriverDocker {
		f.Store = storeContainerd
		if classic(workers) {
			f.Store = storeClassic
		}
	}
	for _, p := range workers[0].Platforms {
		f.Platforms = append(f.Platforms, platforms.FormatAll(platforms.Normalize(p)))
	}
	return f
}
