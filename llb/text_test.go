package llb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/platforms"

	"github.com/modship-build/modship/internal/request"
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

func (w *writer) line(title string, words ...string) {
	words = slices.DeleteFunc(append([]string{title}, words...), func(word string) bool { return word == "" })
	w.WriteString(strings.Join(words, " ") + "\n")
}

func (w *writer) vertex(v *vertex) {
	if _, ok := v.op.(given); ok {
		w.names[v] = "given " + v.name
		return
	}
	if w.Len() > 0 {
		w.line("")
	}
	w.names[v] = w.unique(v.name)
	w.line("", w.names[v], trust(v))
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
			w.line("  layer", w.tree(layer))
		}
	case image:
		w.line("  image on", platforms.FormatAll(o.Platform))
	}
}

func trust(v *vertex) string {
	switch {
	case v.online && v.code:
		return "(online, with code)"
	case v.online:
		return "(online)"
	case v.code:
		return "(with code)"
	}
	return ""
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

// tree names a tree by the vertex, and by the folder unless that is what the vertex makes.
func (w *writer) tree(t Tree) string {
	switch {
	case t.Empty():
		return "nothing"
	case t.dir == root, t.dir == request.Out:
		return w.names[t.vertex]
	}
	return t.dir + " of " + w.names[t.vertex]
}

func (w *writer) step(s step) {
	req, err := json.Marshal(s.Request)
	if err != nil {
		req = []byte(err.Error())
	}
	w.line("  "+string(s.Stage), string(req))
	if !s.Root.Empty() {
		w.line("  in", w.tree(s.Root))
	}
	if s.Network {
		w.line("  network")
	}
	w.list("  secrets", s.Secrets)
	w.list("  env", slices.DeleteFunc(slices.Clone(s.Env), func(kv string) bool { return strings.HasSuffix(kv, "=") }))
	var results []string
	for _, m := range slices.SortedFunc(slices.Values(s.Mounts), func(a, b mount) int { return strings.Compare(a.At, b.At) }) {
		if m == (mount{At: m.At, Use: gives}) {
			results = append(results, m.At)
			continue
		}
		w.line("  "+string(m.Use), m.At, w.source(m))
	}
	w.list("  gives", results)
	if s.NoCache {
		w.line("  always")
	}
	if s.NoExport {
		w.line("  not exported")
	}
}

// list is a line of words, if there are some.
func (w *writer) list(title string, words []string) {
	if len(words) > 0 {
		w.line(title, words...)
	}
}

func (w *writer) source(m mount) string {
	var words []string
	if m.Cache != "" {
		words = append(words, m.Cache)
	}
	if m.Use == reads || !m.From.Empty() {
		words = append(words, "from")
		if m.Path != "" && m.Path != "/" {
			words = append(words, m.Path, "in")
		}
		words = append(words, w.tree(m.From))
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
			w.line("    " + pattern)
		}
	case makesDir:
		w.line("  mkdir", a.To, fmt.Sprintf("%o", a.Mode))
	case makesFile:
		w.line("  mkfile", a.To, fmt.Sprintf("%o, %d bytes", a.Mode, len(a.Data)), created(a.Created))
	}
}

func created(at *time.Time) string {
	if at == nil {
		return ""
	}
	return "at " + at.UTC().Format(time.RFC3339)
}
