package llb

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/golden"
)

// testHost runs steps on linux/amd64, which no golden but those that build for it has as a target.
var testHost = Host{
	Step:     local("step"),
	StepPath: "/modship",
	Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"},
	Token:    "token",
	Proxy:    llb.ProxyEnv{HTTPSProxy: "http://proxy.example:3128"},
}

// build is a builder for a test, with the sources that it has.
type build struct {
	*Builder
	src Sources
}

func newBuild(t *testing.T) build {
	t.Helper()
	b := build{Builder: NewBuilder(testHost)}
	b.src = Sources{Mod: b.local(t, "mod"), Vendor: b.local(t, "vendor"), Go: b.local(t, "go"), Embeds: b.local(t, "embeds"),
		Files: b.local(t, "files"), C: b.local(t, "c")}
	return b
}

// local is a part of the build context; all but the files of modules are code.
func (b build) local(t *testing.T, name string) Tree {
	t.Helper()
	take := b.Code
	if name == "mod" {
		take = b.Given
	}
	tree, err := take(t.Context(), name, local(name))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// local is a local source whose digest does not differ from one marshalling to the next.
func local(name string) llb.State { return llb.Local(name, llb.LocalUniqueID("test")) }

// TestGolden makes the graph of every plan in testdata, as data and as the digests by which BuildKit knows what is in its cache: with
// another one, everybody builds everything again.
func TestGolden(t *testing.T) {
	eachGolden(t, func(t *testing.T, a *golden.Archive, p *plan.Plan) {
		b := newBuild(t)
		var trees []Tree
		var digests strings.Builder
		for i, image := range b.Graph(p, b.src) {
			trees = append(trees, image.Rootfs)
			fmt.Fprintf(&digests, "%s is %.19s\n", p.Images[i].Target, digestOf(t, b.marshal(t, image.Rootfs)))
		}
		a.Want(t, text(trees...)+"\n"+digests.String())
	})
}

// TestDeterministic makes each graph again and again: equal plans must give equal vertices, or nothing is ever cached.
func TestDeterministic(t *testing.T) {
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
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
	b := newBuild(t)
	var defs []*llb.Definition
	for _, image := range b.Graph(p, b.src) {
		defs = append(defs, b.marshal(t, image.Rootfs))
	}
	return defs
}

func (b build) marshal(t *testing.T, tree Tree) *llb.Definition {
	t.Helper()
	def, err := b.Marshal(t.Context(), tree)
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// digestOf is the digest of the vertex that gives what a definition is for.
func digestOf(t *testing.T, def *llb.Definition) string {
	t.Helper()
	head, err := def.Head()
	if err != nil {
		t.Fatal(err)
	}
	return head.String()
}

// eachGolden runs a test with the plan of each archive.
func eachGolden(t *testing.T, test func(t *testing.T, a *golden.Archive, p *plan.Plan)) {
	t.Helper()
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) { test(t, a, readPlan(t, a)) })
}

// eachPlan runs a test with the plan of each archive, and with generated ones.
func eachPlan(t *testing.T, test func(t *testing.T, p *plan.Plan)) {
	t.Helper()
	eachGolden(t, func(t *testing.T, _ *golden.Archive, p *plan.Plan) { test(t, p) })
	for range 40 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) { test(t, newGenerator(seed).plan()) })
	}
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
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		b := newBuild(t)
		questions := b.questions(p)
		built := map[*vertex]bool{}
		for _, image := range b.Graph(p, b.src) {
			for _, v := range verticesOf(image.Rootfs) {
				built[v] = true
			}
		}
		for _, v := range verticesOf(questions...) {
			if asked++; !built[v] {
				t.Fatalf("a vertex is not one of the graph: %s", text(v.at(root)))
			}
		}
	})
	if asked == 0 {
		t.Error("no plan needs an answer")
	}
}

// questions are the trees that are solved before the graph of a plan.
func (b build) questions(p *plan.Plan) []Tree {
	d := &p.Draft
	trees := append(b.Includes(d, b.src), b.Analysis(d, b.src), b.FetchedGo(d))
	for i, s := range b.sysroots(p) {
		if !s.Empty() && p.Images[i].Cgo.Provider != ctoolchain.BuilderImage { // a builder image is only looked at
			trees = append(trees, s)
		}
	}
	return trees
}

// sysroots are those of a plan, whose images have one base.
func (b build) sysroots(p *plan.Plan) []Tree {
	var base plan.CgoBase
	for _, img := range p.Images {
		if img.Cgo != nil {
			base = plan.CgoBase{Ref: img.Cgo.Base, Folder: img.Cgo.Folder}
		}
	}
	return b.Sysroots(&p.Analyzed, base, b.src)
}

// all are the trees that a build of a plan may ask for.
func (b build) all(t *testing.T, p *plan.Plan) []Tree {
	t.Helper()
	trees := append(b.questions(p), b.sysroots(p)...)
	trees = append(trees, b.Commit(&p.Draft, b.src, b.local(t, "git"), request.VCS{}, nil), b.License(b.local(t, "license"), "."))
	trees = append(trees, b.ZigArchives(&p.Analyzed)...)
	trees = append(trees, b.CompileCaches(p, b.src)...)
	for _, img := range p.Images {
		if !p.Cache.Isolated {
			trees = append(trees, b.Seed(p, img, Tree{}), b.Seed(p, img, b.SeedImage("seed.example/app@sha256:"+strings.Repeat("1", 64), img)))
		}
	}
	for _, image := range b.Graph(p, b.src) {
		trees = append(trees, image.Rootfs, image.Program, image.Said, image.Libraries)
	}
	return slices.DeleteFunc(trees, Tree.Empty)
}

// verticesOf gives the vertices that trees are made by, each once and behind those that it reads from.
func verticesOf(trees ...Tree) []*vertex {
	var list []*vertex
	seen := map[*vertex]bool{}
	var visit func(trees []Tree)
	visit = func(trees []Tree) {
		for _, t := range trees {
			if !t.Empty() && !seen[t.vertex] {
				seen[t.vertex] = true
				visit(t.vertex.op.inputs())
				list = append(list, t.vertex)
			}
		}
	}
	visit(trees)
	return list
}
