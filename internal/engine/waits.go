package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/docker"
)

// Waits are how long a BuildKit may take to answer; 0 stands for what users have.
type Waits struct {
	// Ready is for one that the user has named, that buildx connects to, or that a build before has started: a minute.
	Ready time.Duration
	// Docker is for a Docker that happens to be there, and may be busy: 15 seconds. One that is not there refuses at once.
	Docker time.Duration
	// SSH leaves time for logging in: 30 seconds.
	SSH time.Duration
}

func (w Waits) ready() time.Duration  { return cmp.Or(w.Ready, time.Minute) }
func (w Waits) docker() time.Duration { return cmp.Or(w.Docker, 15*time.Second) }
func (w Waits) ssh() time.Duration    { return cmp.Or(w.SSH, 30*time.Second) }

// of is for a builder. One of buildx may have to be started, with an image that has to be pulled.
func (w Waits) of(b docker.Builder) time.Duration {
	switch {
	case b.Context == nil:
		return w.ready()
	case strings.HasPrefix(b.Context.Host, "ssh://"):
		return w.ssh()
	}
	return w.docker()
}

func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %v", limit))
}
