package llb

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/step/request"
)

// TestMadeOnce: what is made again, in any order of the calls, is the vertex that was there before, and so is what BuildKit knows under
// one digest.
func TestMadeOnce(t *testing.T) {
	eachGenerated(t, func(t *testing.T, b build, made []Tree) {
		digests := map[string]*vertex{}
		for _, tree := range made {
			def := b.marshal(t, tree)
			last := string(def.Def[len(def.Def)-1])
			if known, ok := digests[last]; ok && known != tree.vertex {
				t.Errorf("two vertices are one to BuildKit:\n%s\n%s", text(known.at(root)), text(tree))
			}
			digests[last] = tree.vertex
		}
	})
	b := newBuild(t)
	p := newGenerator(1).plan()
	first := b.all(t, p)
	known := len(b.vertices)
	if again := b.all(t, p); fmt.Sprint(first) != fmt.Sprint(again) || len(b.vertices) != known {
		t.Errorf("the same plan gives other vertices: %d, then %d", known, len(b.vertices))
	}
}

// TestGivenOnce: a part of the context is one source, also if it is loaded twice.
func TestGivenOnce(t *testing.T) {
	b := newBuild(t)
	if b.local(t, "go") != b.src.Go {
		t.Error("the same state is another vertex")
	}
	if b.local(t, "other") == b.src.Go {
		t.Error("another state is the same vertex")
	}
	given, err := b.Given(t.Context(), "go", local("go"))
	if err != nil || given == b.src.Go {
		t.Errorf("a part is one vertex with and without code, %v", err)
	}
	empty, err := b.Given(t.Context(), "empty", llb.Scratch())
	if err != nil || empty.Empty() {
		t.Errorf("an empty state that was given is taken for none, %v", err)
	}
}

// TestMarshalSideBySide: images share vertices, and are handed to BuildKit side by side.
func TestMarshalSideBySide(t *testing.T) {
	const outputs = 400
	for round := range 20 {
		b := newBuild(t)
		s := step{Request: request.Modules{}}
		for i := range outputs {
			s.Mounts = append(s.Mounts, mount{At: fmt.Sprintf("/out/%d", i*7919%outputs), Use: gives})
		}
		v := b.run("step", s)
		var eg errgroup.Group
		start := make(chan struct{})
		for i := range 8 {
			eg.Go(func() error {
				<-start
				_, err := b.Marshal(t.Context(), v.at(s.Mounts[i].At))
				return err
			})
		}
		close(start)
		if err := eg.Wait(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}

// TestRefused: no graph is handed to BuildKit in which a step that has a network or secrets sees code, by whatever way that comes to it.
func TestRefused(t *testing.T) {
	for name, s := range map[string]step{
		"network": {Network: true},
		"secrets": {Secrets: []string{request.IDNetrc}},
	} {
		ways := map[string]func(b build, s *step){
			"mount":  func(b build, s *step) { s.Mounts = []mount{reading(request.Source, b.src.Go)} },
			"root":   func(b build, s *step) { s.Root = b.src.Go },
			"copy":   func(b build, s *step) { s.Root = b.Overlay("copy", b.src.Mod, b.src.Go) },
			"merge":  func(b build, s *step) { s.Root = b.add("merge", merge{[]Tree{b.src.Mod, b.src.Files}}).at(root) },
			"result": func(b build, s *step) { s.Root = b.Scan(request.Scan{}, b.src) },
		}
		for way, sees := range ways {
			b, refused := newBuild(t), s
			sees(b, &refused)
			refused.Request, refused.Mounts = request.Modules{}, append(refused.Mounts, out)
			v := b.run("[modules] fetch", refused)
			after := b.Overlay("what comes after", v.at(request.Out))
			for _, tree := range []Tree{v.at(request.Out), after} {
				if _, err := b.Marshal(t.Context(), tree); err == nil || !strings.Contains(err.Error(), "[modules] fetch") {
					t.Errorf("%s and code by %s: %v", name, way, err)
				}
			}
		}
		b := newBuild(t)
		s.Request, s.Mounts = request.Modules{}, []mount{reading(request.Source, b.src.Mod), out}
		if _, err := b.Marshal(t.Context(), b.run("fetch", s).at(request.Out)); err != nil {
			t.Errorf("with the files of modules: %v", err)
		}
	}
}

// eachGenerated makes the graphs of generated plans, each in a builder of its own.
func eachGenerated(t *testing.T, test func(t *testing.T, b build, made []Tree)) {
	t.Helper()
	for range 40 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := newBuild(t)
			test(t, b, b.all(t, newGenerator(seed).plan()))
		})
	}
}
