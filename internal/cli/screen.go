package cli

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/opencontainers/go-digest"
)

// screen shows the progress of solves, one or several at the same time, in one display.
type screen struct {
	to       chan *client.SolveStatus
	shown    chan struct{}
	warnings []client.VertexWarning
	stats    *stats
	later    *aside

	mu sync.Mutex
	// speaks has by vertex whose solve speaks for it: what several solves wait for is told by each of them.
	speaks map[digest.Digest]string
}

// newScreen begins to show, and to count. It goes on when ctx has ended, until close: solves would wait for a reader forever.
func newScreen(ctx context.Context, display progressui.Display, stats *stats) *screen {
	s := &screen{to: make(chan *client.SolveStatus), shown: make(chan struct{}), stats: stats, speaks: map[digest.Digest]string{}}
	go func() {
		defer close(s.shown)
		s.warnings, _ = display.UpdateFrom(context.WithoutCancel(ctx), s.to)
	}()
	return s
}

// show shows all that is told of a solve. Its name stands before what it does; "" is the only one.
func (s *screen) show(name string, from <-chan *client.SolveStatus) {
	for status := range from {
		if name != "" {
			status = s.of(name, status)
		}
		s.stats.note(status)
		s.to <- status
	}
}

// of leaves out of a status what another solve tells, and names the solve in the rest.
func (s *screen) of(name string, status *client.SolveStatus) *client.SolveStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := *status
	own.Vertexes, own.Statuses, own.Logs, own.Warnings = nil, nil, nil, nil
	for _, v := range status.Vertexes {
		if s.own(name, v.Digest) {
			named := *v
			named.Name = prefixed(name, v.Name)
			own.Vertexes = append(own.Vertexes, &named)
		}
	}
	for _, v := range status.Statuses {
		if s.own(name, v.Vertex) {
			own.Statuses = append(own.Statuses, v)
		}
	}
	for _, l := range status.Logs {
		if s.own(name, l.Vertex) {
			own.Logs = append(own.Logs, l)
		}
	}
	for _, w := range status.Warnings {
		if s.own(name, w.Vertex) {
			own.Warnings = append(own.Warnings, w)
		}
	}
	return &own
}

// own tells whether a solve speaks for a vertex: the first that knows of it does.
func (s *screen) own(name string, vertex digest.Digest) bool {
	first, ok := s.speaks[vertex]
	if !ok {
		s.speaks[vertex] = name
	}
	return !ok || first == name
}

// prefixed names a solve in what a vertex is called: "[linux/amd64 compile] x" is "[api linux/amd64 compile] x".
func prefixed(name, vertex string) string {
	if rest, ok := strings.CutPrefix(vertex, "["); ok {
		return "[" + name + " " + rest
	}
	return "[" + name + "] " + vertex
}

// beside gives an environment for what runs while the display does: what it says on standard error would break that.
func (s *screen) beside(env Env) Env {
	s.later = &aside{to: env.Stderr}
	env.Stderr = s.later
	return env
}

// close ends the display, says what was said beside it, and gives all warnings.
func (s *screen) close() []client.VertexWarning {
	close(s.to)
	<-s.shown
	if s.later != nil {
		s.later.tell()
	}
	return s.warnings
}

// aside keeps what is written, each text once: solves side by side have the same to say.
type aside struct {
	to    io.Writer
	mu    sync.Mutex
	texts []string
}

func (a *aside) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(a.texts, string(p)) {
		a.texts = append(a.texts, string(p))
	}
	return len(p), nil
}

func (a *aside) tell() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, text := range a.texts {
		_, _ = io.WriteString(a.to, text)
	}
	a.texts = nil
}
