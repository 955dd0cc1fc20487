package cli

import (
	"context"
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

// close ends the display, and gives all warnings.
func (s *screen) close() []client.VertexWarning {
	close(s.to)
	<-s.shown
	return s.warnings
}
