package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/request"
)

// stats is what the summary at the end says: what was cached, what was compiled, and where the time went. It is learned from what BuildKit
// tells of all solves of a command.
type stats struct {
	mu       sync.Mutex
	vertices map[digest.Digest]*vertexStats
	inOrder  []*vertexStats
}

// vertexStats is what is known of one vertex.
type vertexStats struct {
	platform, stage string // of [stageOf]
	done, ran       bool
	spans           []span
	// piece is of a line of its log; compiled counts the packages that the lines name.
	piece    []byte
	compiled int
}

// span is a time in which a vertex did something.
type span struct{ from, to time.Time }

func newStats() *stats { return &stats{vertices: map[digest.Digest]*vertexStats{}} }

// note learns from one message.
func (s *stats) note(status *client.SolveStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range status.Vertexes {
		known := s.vertices[v.Digest]
		if known == nil {
			known = &vertexStats{}
			known.platform, known.stage = stageOf(v.Name)
			s.vertices[v.Digest], s.inOrder = known, append(s.inOrder, known)
		}
		known.note(v)
	}
	for _, l := range status.Logs {
		if known := s.vertices[l.Vertex]; known != nil && known.compiles() {
			known.read(l.Data)
		}
	}
}

// note learns of one run. To find out whether a vertex without inputs is cached, BuildKit says that it ran.
func (s *vertexStats) note(v *client.Vertex) {
	if v.Started == nil || v.Completed == nil {
		return
	}
	s.done = true
	s.ran = !v.Cached || s.ran && len(v.Inputs) > 0
	s.spans = append(s.spans, span{*v.Started, *v.Completed})
}

// maxLogLine bounds what is kept of a line that does not end, in bytes: more than any import path has.
const maxLogLine = 4 << 10

// read counts the packages that a piece of the log names.
func (s *vertexStats) read(piece []byte) {
	s.piece = append(s.piece, piece...)
	for {
		line, rest, whole := bytes.Cut(s.piece, []byte("\n"))
		if !whole {
			s.piece = s.piece[:min(len(s.piece), maxLogLine)]
			return
		}
		if _, ok := request.CompiledPackage(string(line)); ok {
			s.compiled++
		}
		s.piece = rest
	}
}

// compiles tells whether the log names packages.
func (s *vertexStats) compiles() bool {
	return s.stage == string(request.StageDeps) || s.stage == string(request.StageCompile)
}

// isStep tells whether it is one of Modship's steps.
func (s *vertexStats) isStep() bool { return isStage(s.stage) }

func isStage(name string) bool { return slices.Contains(request.Stages(), request.Stage(name)) }

// stageOf gives what a vertex is called after: "linux/amd64" and "deps" for "[api linux/amd64 deps] compile third-party packages", and the
// like for what takes time beside the steps. The stage of anything else is "".
func stageOf(vertex string) (platform, stage string) {
	if inside, ok := strings.CutPrefix(vertex, "["); ok {
		brackets, _, _ := strings.Cut(inside, "]")
		words := append([]string{"", ""}, strings.Fields(brackets)...)
		platform, stage = words[len(words)-2], words[len(words)-1]
		switch {
		case isStage(stage):
			return platform, stage
		case stage == "internal":
			return "", "load"
		}
		return "", ""
	}
	cache := strings.Contains(strings.ToLower(vertex), "cache")
	switch {
	case strings.HasPrefix(vertex, "importing ") && cache:
		return "", "cache import"
	case strings.HasPrefix(vertex, "exporting ") && cache:
		return "", "cache export"
	case strings.HasPrefix(vertex, "exporting "):
		return "", "export"
	}
	return "", ""
}

// summary is some lines, or none if no step is known.
func (s *stats) summary() []string {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.inOrder, (*vertexStats).isStep) {
		return nil
	}
	return []string{s.cached(), s.compiled(), s.took()}
}

// cached says how many steps were in the cache, and of which stages all were.
func (s *stats) cached() string {
	steps, cached := 0, 0
	var stages []string
	ran := map[string]bool{}
	for _, v := range s.inOrder {
		if !v.done || !v.isStep() {
			continue
		}
		steps++
		if v.ran {
			ran[v.stage] = true
		} else {
			cached++
		}
		if !slices.Contains(stages, v.stage) {
			stages = append(stages, v.stage)
		}
	}
	stages = slices.DeleteFunc(stages, func(stage string) bool { return ran[stage] })
	if len(stages) > 0 {
		stages[0] = "all of " + stages[0]
	}
	return withParts(fmt.Sprintf("steps cached: %d of %d", cached, steps), stages)
}

// compiled says how many packages were compiled for each platform.
func (s *stats) compiled() string {
	all, each := 0, map[string]int{}
	for _, v := range s.inOrder {
		if v.compiled > 0 {
			all += v.compiled
			each[v.platform] += v.compiled
		}
	}
	var parts []string
	for _, platform := range slices.Sorted(maps.Keys(each)) {
		parts = append(parts, fmt.Sprintf("%d for %s", each[platform], platform))
	}
	return withParts(fmt.Sprintf("packages compiled: %d", all), parts)
}

// leastShown is the shortest time of a stage that is shown.
const leastShown = 50 * time.Millisecond

// took says how long all took, and for how long of that each stage did something, the longest first: they work side by side.
func (s *stats) took() string {
	var all []span
	stages := map[string][]span{}
	for _, v := range s.inOrder {
		all = append(all, v.spans...)
		if v.stage != "" {
			stages[v.stage] = append(stages[v.stage], v.spans...)
		}
	}
	busy := map[string]time.Duration{}
	for stage, spans := range stages {
		if d := busyTime(spans); d >= leastShown {
			busy[stage] = d
		}
	}
	var parts []string
	for _, stage := range slices.SortedFunc(maps.Keys(busy), func(a, b string) int { return cmp.Or(cmp.Compare(busy[b], busy[a]), cmp.Compare(a, b)) }) {
		parts = append(parts, stage+" "+seconds(busy[stage]))
	}
	return withParts("time: "+seconds(busyTime(all)), parts)
}

// busyTime is how much time spans cover that may overlap.
func busyTime(spans []span) (sum time.Duration) {
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	var end time.Time
	for _, s := range spans {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(s.from) {
			sum += s.to.Sub(s.from)
			end = s.to
		}
	}
	return sum
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func withParts(line string, parts []string) string {
	if len(parts) == 0 {
		return line
	}
	return line + " (" + strings.Join(parts, ", ") + ")"
}
