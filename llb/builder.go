package llb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// Builder makes the vertices of one build. A vertex that is made again is the one that was there before, so the graphs that a build
// makes one after the other, while it finds out what it needs, share what they have in common.
type Builder struct {
	host Host
	// mu is held by one goroutine at a time, also while LLB is written: see [Builder.Marshal].
	mu       sync.Mutex
	vertices map[string]*vertex
	// gone are the parts of [Builder.FetchAgain].
	gone [request.ModuleParts]bool
	// hosts are those of [Builder.FetchFrom].
	hosts []string
	translator
}

// NewBuilder makes a builder whose steps run on the host.
func NewBuilder(h Host) *Builder {
	return &Builder{host: h, vertices: map[string]*vertex{}, translator: translator{}}
}

// add gives the vertex that does this. Its name is the one under which it was made first.
func (b *Builder) add(name string, does op) *vertex {
	content, err := json.Marshal(does)
	key := fmt.Sprintf("%T %s", does, content)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil { // a request that cannot be encoded: its translation will say so
		key = strconv.Itoa(len(b.vertices))
	}
	return b.know(key, vertex{name: name, op: does})
}

// know gives the vertex with the key, which v is if there is none.
func (b *Builder) know(key string, v vertex) *vertex {
	if known, ok := b.vertices[key]; ok {
		return known
	}
	v.id = len(b.vertices) + 1
	if s, ok := v.op.(step); ok {
		v.online = s.Network || s.SSH || len(s.Secrets) > 0
	}
	v.code = v.code || slices.ContainsFunc(v.op.inputs(), func(t Tree) bool { return !t.Empty() && t.vertex.code })
	b.vertices[key] = &v
	return &v
}

// run makes the vertex of a step.
func (b *Builder) run(name string, s step) *vertex {
	s.Stage = s.Request.Stage()
	s.NoCache = s.NoCache || b.host.NoCache != nil && b.host.NoCache(s.Stage)
	return b.add(name, s)
}

// file makes the vertex that changes files of an empty tree.
func (b *Builder) file(name string, actions ...action) Tree {
	return b.add(internal("%s", name), files{Actions: actions}).at(root)
}

// named is the name of a vertex that serves every platform.
func named(stage request.Stage, format string, args ...any) string {
	return fmt.Sprintf("[%s] %s", stage, fmt.Sprintf(format, args...))
}

// namedFor is the name of a vertex that serves one platform.
func namedFor(t target.Target, stage request.Stage, format string, args ...any) string {
	return fmt.Sprintf("[%s %s] %s", t, stage, fmt.Sprintf(format, args...))
}

// internal is the name of a vertex that only moves files.
func internal(format string, args ...any) string { return "[internal] " + fmt.Sprintf(format, args...) }
