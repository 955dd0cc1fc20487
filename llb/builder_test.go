package llb

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// TestMadeOnce: what is made again, in any order of the calls, is the vertex that was there before, and so is what BuildKit knows under
// one digest.
func TestMadeOnce(t *testing.T) {
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		b := newBuild(t)
		digests := map[string]*vertex{}
		for _, tree := range b.all(t, p) {
			def := b.marshal(t, tree)
			last := string(def.Def[len(def.Def)-1])
			if known, ok := digests[last]; ok && known != tree.vertex {
				t.Errorf("two vertices are one to BuildKit:\n%s\n%s", text(known.at(root)), text(tree))
			}
			digests[last] = tree.vertex
		}
		known := len(b.vertices)
		if b.all(t, p); len(b.vertices) != known {
			t.Errorf("the same plan gives %d vertices more", len(b.vertices)-known)
		}
	})
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

// TestOneTranslator: of the files that make the graph, one knows BuildKit.
func TestOneTranslator(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var know []string
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") && strings.Contains(string(content), `"github.com/moby/buildkit/`) {
			know = append(know, name)
		}
	}
	if !slices.Equal(know, []string{"translate.go"}) {
		t.Errorf("%q import BuildKit", know)
	}
}
