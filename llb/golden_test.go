package llb

import (
	"bytes"
	"slices"
	"testing"

	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/testing/golden"
)

// testHost runs steps on linux/amd64, which no golden but those that build for it has as a target.
var testHost = Host{
	Step:     local("step"),
	StepPath: "/modship",
	Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"},
	Proxy:    llb.ProxyEnv{HTTPSProxy: "http://proxy.example:3128"},
}

var testSources = Sources{Mod: local("mod"), Vendor: local("vendor"), Go: local("go"), Embeds: local("embeds"), Files: local("files"), C: local("c")}

// local is a local source whose digest does not differ from one marshalling to the next.
func local(name string) llb.State { return llb.Local(name, llb.LocalUniqueID("test")) }

// TestGolden makes the graph of every plan in testdata.
func TestGolden(t *testing.T) {
	eachGolden(t, func(t *testing.T, a *golden.Archive, p *plan.Plan) {
		got, err := Dump(graphOf(t, p)...)
		if err != nil {
			t.Fatal(err)
		}
		a.Want(t, got)
	})
}

// TestDeterministic makes each graph again and again: equal plans must give equal vertices, or nothing is ever cached.
func TestDeterministic(t *testing.T) {
	eachGolden(t, func(t *testing.T, _ *golden.Archive, p *plan.Plan) {
		first := graphOf(t, p)
		for range 25 {
			for i, def := range graphOf(t, p) {
				if !slices.EqualFunc(first[i].Def, def.Def, bytes.Equal) {
					t.Fatalf("the graph for %s differs from one call to the next", p.Images[i].Target)
				}
			}
		}
	})
}

// graphOf marshals the root file system of every image.
func graphOf(t *testing.T, p *plan.Plan) []*llb.Definition {
	t.Helper()
	images, err := Graph(p, testHost, testSources)
	if err != nil {
		t.Fatal(err)
	}
	var defs []*llb.Definition
	for _, image := range images {
		defs = append(defs, marshal(t, image.Rootfs))
	}
	return defs
}

func marshal(t *testing.T, state llb.State) *llb.Definition {
	t.Helper()
	def, err := state.Marshal(t.Context(), llb.Platform(testHost.Platform))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// eachGolden runs a test with the plan of each archive.
func eachGolden(t *testing.T, test func(t *testing.T, a *golden.Archive, p *plan.Plan)) {
	t.Helper()
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) { test(t, a, readPlan(t, a)) })
}

func readPlan(t *testing.T, a *golden.Archive) *plan.Plan {
	t.Helper()
	p := &plan.Plan{}
	golden.Decode(t, a.Data(t, "plan.json"), p)
	return p
}

// TestQuestionsArePartOfGraph: what finds out how to build is done with the same vertices as the build, so it is done once.
func TestQuestionsArePartOfGraph(t *testing.T) {
	asked := 0
	eachGolden(t, func(t *testing.T, _ *golden.Archive, p *plan.Plan) {
		built := map[string]bool{}
		for _, def := range graphOf(t, p) {
			for _, vertex := range def.Def {
				built[string(vertex)] = true
			}
		}
		for _, state := range questions(t, p) {
			def := marshal(t, state)
			for _, vertex := range def.Def[:len(def.Def)-1] { // the last names the result
				if asked++; !built[string(vertex)] {
					dump, err := Dump(def)
					t.Fatalf("a vertex is not one of the graph, in %s%v", dump, err)
				}
			}
		}
	})
	if asked == 0 {
		t.Error("no plan needs an answer")
	}
}

// questions are the states that are solved before the graph of a plan.
func questions(t *testing.T, p *plan.Plan) []llb.State {
	t.Helper()
	var states []llb.State
	if p.NeedsAnalysis() {
		analysis, err := Analysis(&p.Draft, testHost, testSources)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, analysis)
	}
	included, err := Includes(&p.Draft, testHost, testSources)
	if err != nil {
		t.Fatal(err)
	}
	var base plan.CgoBase
	for _, img := range p.Images {
		if img.Cgo != nil {
			base = plan.CgoBase{Ref: img.Cgo.Base, Folder: img.Cgo.Folder}
		}
	}
	sysroots, err := Sysroots(&p.Analyzed, base, testHost, testSources)
	if err != nil {
		t.Fatal(err)
	}
	states = append(states, included...)
	for i, s := range sysroots {
		if s != nil && p.Images[i].Cgo.Provider != ctoolchain.BuilderImage { // a builder image is only looked at
			states = append(states, *s)
		}
	}
	return states
}
