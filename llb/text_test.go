package llb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/platforms"
)

// text writes the vertices of trees for people, each once and behind those that it reads from, and leaves out what every step has.
// Vertices are called by the names that a user sees.
func text(trees ...Tree) string {
	w := writer{names: map[*vertex]string{}}
	for _, v := range verticesOf(trees...) {
		w.vertex(v)
	}
	return w.String()
}

type writer struct {
	strings.Builder
	names map[*vertex]string
}

func (w *writer) line(words ...string) {
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	w.WriteString(strings.Join(words, " ") + "\n")
}

func (w *writer) vertex(v *vertex) {
	if g, ok := v.op.(given); ok {
		_ = g
		w.names[v] = "given " + v.name
		return
	}
	if w.Len() > 0 {
		w.line()
	}
	w.names[v] = w.unique(v.name)
	w.line(w.names[v] + map[bool]string{true: " (sees code)"}[v.code])
	switch o := v.op.(type) {
	case step:
		w.step(o)
	case files:
		if !o.On.Empty() {
			w.line("  on", w.tree(o.On))
		}
		for _, a := range o.Actions {
			w.action(a)
		}
	case merge:
		for _, layer := range o.Layers {
			w.line(" ", w.tree(layer))
		}
	case image:
		w.line("  image", o.Ref, "on", platforms.FormatAll(o.Platform))
	}
}

// unique gives a name that no vertex has yet.
func (w *writer) unique(name string) string {
	taken := func(name string) bool {
		for _, other := range w.names {
			if other == name {
				return true
			}
		}
		return false
	}
	unique := name
	for n := 2; taken(unique); n++ {
		unique = fmt.Sprintf("%s (%d)", name, n)
	}
	return unique
}

// tree names a tree by the vertex and, where that gives several, the folder.
func (w *writer) tree(t Tree) string {
	switch {
	case t.Empty():
		return "nothing"
	case t.dir == root:
		return w.names[t.vertex]
	}
	return w.names[t.vertex] + " " + t.dir
}

func (w *writer) step(s step) {
	request, err := json.Marshal(s.Request)
	w.line("  "+string(s.Stage), string(request), strings.TrimPrefix(fmt.Sprint(err), "<nil>"))
	if s.Network {
		w.line("  network")
	}
	if len(s.Secrets) > 0 {
		w.line("  secrets", strings.Join(s.Secrets, " "))
	}
	for _, kv := range s.Env {
		w.line("  env", kv)
	}
	if !s.Root.Empty() {
		w.line("  in", w.tree(s.Root))
	}
	for _, m := range slices.SortedFunc(slices.Values(s.Mounts), func(a, b mount) int { return strings.Compare(a.At, b.At) }) {
		w.line("  "+string(m.Use), m.At, w.source(m))
	}
}

func (w *writer) source(m mount) string {
	var words []string
	if m.Cache != "" {
		words = append(words, m.Cache)
	}
	if m.Use == reads || !m.From.Empty() {
		words = append(words, "from", w.tree(m.From))
	}
	if m.Path != "" {
		words = append(words, "below", m.Path)
	}
	if m.ByOrigin {
		words = append(words, "by origin")
	}
	return strings.Join(words, " ")
}

func (w *writer) action(a action) {
	switch a.Verb {
	case copies:
		w.line("  copy", a.Path, "to", a.To, "from", w.tree(a.From), created(a.Created))
		for _, pattern := range a.Include {
			w.line("   ", pattern)
		}
	case makesDir, makesFile:
		w.line("  "+string(a.Verb), a.To, fmt.Sprintf("of %d bytes, mode %o", len(a.Data), a.Mode), created(a.Created))
	}
}

func created(at *time.Time) string {
	if at == nil {
		return ""
	}
	return "at " + at.UTC().Format(time.RFC3339)
}
