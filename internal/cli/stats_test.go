package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"
)

// ended is a vertex that did something from one second to another; its inputs are another's.
func ended(name string, from, to float64, more ...func(*client.Vertex)) *client.Vertex {
	at := func(seconds float64) *time.Time {
		t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
		return &t
	}
	v := &client.Vertex{Digest: digest.FromString(name), Inputs: []digest.Digest{"sha256:00"}, Name: name, Started: at(from), Completed: at(to)}
	for _, change := range more {
		change(v)
	}
	return v
}

func fromCache(v *client.Vertex) { v.Cached = true }

func begun(v *client.Vertex) { v.Completed = nil }

func known(v *client.Vertex) { v.Started, v.Completed = nil, nil }

func noInputs(v *client.Vertex) { v.Inputs = nil }

func vertices(v ...*client.Vertex) *client.SolveStatus { return &client.SolveStatus{Vertexes: v} }

func says(vertex, text string) *client.SolveStatus {
	return &client.SolveStatus{Logs: []*client.VertexLog{{Vertex: digest.FromString(vertex), Data: []byte(text)}}}
}

// TestStats: the summary of what BuildKit tells, in the order and in the pieces in which it does.
func TestStats(t *testing.T) {
	const (
		part1   = "[modules] download and verify modules (part 1 of 16)"
		part2   = "[modules] download and verify modules (part 2 of 16)"
		deps    = "[linux/amd64 deps] compile third-party packages"
		arm     = "[linux/arm64 deps] compile third-party packages"
		compile = "[linux/amd64 compile] go build example.com/app"
		base    = "[linux/amd64 rootfs] registry.example/base@sha256:…"
	)
	for name, tc := range map[string]struct {
		status []*client.SolveStatus
		want   []string
	}{
		"nothing": {},
		"no step": {status: []*client.SolveStatus{vertices(ended("[internal] load go.mod", 0, 1), ended("[auth] x", 0, 1))}},
		"a cold build": {
			status: []*client.SolveStatus{
				vertices(ended("[internal] load go.mod", 0, 0.5), ended("[toolchain] fetch and verify Go 1.26.8", 0.5, 4)),
				vertices(ended(part1, 4, 0, begun), ended(part2, 4, 0, begun), ended(deps, 0, 0, known)),
				vertices(ended(part1, 4, 6), ended(part2, 4, 7.5)),
				vertices(ended(deps, 8, 0, begun), ended(arm, 8, 0, begun)),
				says(deps, "waiting until other steps have compiled\nnet/ht"), says(deps, "tp\n[2/3] a.example/x\n"), says(arm, "net/http\n"), says(deps, "[3/3] b.example/y\n"),
				vertices(ended(deps, 8, 20), ended(arm, 8, 30.25)),
				says(compile, "nobody knows this vertex\n"),
				vertices(ended(compile, 30, 31)), says(compile, "# example.com/app\nwarning: x\nexample.com/app\n"),
				vertices(ended("exporting to oci image format", 31, 32.5), ended("exporting cache to registry", 32.5, 33)),
			},
			want: []string{
				"steps cached: 0 of 6",
				"packages compiled: 5 (4 for linux/amd64, 1 for linux/arm64)",
				"time: 32.5 s (deps 22.2 s, modules 3.5 s, toolchain 3.5 s, export 1.5 s, compile 1.0 s, cache export 0.5 s, load 0.5 s)",
			},
		},
		"an edit": {
			status: []*client.SolveStatus{
				vertices(ended("importing cache manifest from x", 0, 0.2), ended(part1, 1, 1, fromCache), ended(part2, 1, 1, fromCache), ended(deps, 1, 1.01, fromCache)),
				vertices(ended("[api linux/amd64 compile] go build", 1, 2)), says("[api linux/amd64 compile] go build", "example.com/app\n"),
			},
			want: []string{
				"steps cached: 3 of 4 (all of modules, deps)",
				"packages compiled: 1 (1 for linux/amd64)",
				"time: 1.2 s (compile 1.0 s, cache import 0.2 s)",
			},
		},
		"a stage of which one step ran": {
			status: []*client.SolveStatus{vertices(ended(part1, 1, 1, fromCache), ended(part2, 1, 3))},
			want:   []string{"steps cached: 1 of 2", "packages compiled: 0", "time: 2.0 s (modules 2.0 s)"},
		},
		"a step that a build before has run": { // to find out the name of the image
			status: []*client.SolveStatus{vertices(ended(part1, 1, 3)), vertices(ended(part1, 4, 4, fromCache))},
			want:   []string{"steps cached: 0 of 1", "packages compiled: 0", "time: 2.0 s (modules 2.0 s)"},
		},
		"an image that is there": {
			status: []*client.SolveStatus{vertices(ended(base, 1, 1.5, noInputs)), vertices(ended(base, 2, 2, noInputs, fromCache))},
			want:   []string{"steps cached: 1 of 1 (all of rootfs)", "packages compiled: 0", "time: 0.5 s (rootfs 0.5 s)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStats()
			for _, status := range tc.status {
				s.note(status)
			}
			if diff := cmp.Diff(tc.want, s.summary()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestStatsLines: a line without an end does not fill the memory.
func TestStatsLines(t *testing.T) {
	s := newStats()
	s.note(vertices(ended("[linux/amd64 compile] x", 0, 1)))
	for range 100 {
		s.note(says("[linux/amd64 compile] x", strings.Repeat("x ", maxLogLine)))
	}
	s.note(says("[linux/amd64 compile] x", "\nexample.com/app\n"))
	if v := s.inOrder[0]; len(v.piece) > maxLogLine || v.compiled != 1 {
		t.Errorf("%d bytes are kept, %d packages", len(v.piece), v.compiled)
	}
}

// TestScreenStats: what several solves tell of one vertex counts once.
func TestScreenStats(t *testing.T) {
	s := &screen{to: make(chan *client.SolveStatus, 10), stats: newStats(), speaks: map[digest.Digest]string{}}
	const deps = "[linux/amd64 deps] compile standard packages"
	for _, name := range []string{"api", "worker"} {
		from := make(chan *client.SolveStatus, 2)
		from <- vertices(ended(deps, 0, 1))
		from <- says(deps, "errors\n")
		close(from)
		s.show(name, from)
	}
	if got := s.stats.summary(); len(got) != 3 || got[1] != "packages compiled: 1 (1 for linux/amd64)" {
		t.Errorf("got %q", got)
	}
}
