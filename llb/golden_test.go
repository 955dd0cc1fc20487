package llb

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/plan"
)

var update = flag.Bool("update", false, "rewrite the -- want -- part of testdata/*.txtar")

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
	eachGolden(t, func(t *testing.T, archive *txtar.Archive, path string, p *plan.Plan) {
		got, err := Dump(graphOf(t, p)...)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
		if want < 0 {
			want = len(archive.Files)
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
		}
		if *update {
			archive.Files[want].Data = []byte(got)
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
			t.Errorf("run with -update if this is right (-want +got):\n%s", diff)
		}
	})
}

// TestDeterministic makes each graph again and again: equal plans must give equal vertices, or nothing is ever cached.
func TestDeterministic(t *testing.T) {
	eachGolden(t, func(t *testing.T, _ *txtar.Archive, _ string, p *plan.Plan) {
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
func eachGolden(t *testing.T, test func(t *testing.T, archive *txtar.Archive, path string, p *plan.Plan)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no archives in testdata", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			test(t, archive, path, readPlan(t, archive))
		})
	}
}

// readPlan decodes plan.json strictly, so that a field with another name is no silent default.
func readPlan(t *testing.T, archive *txtar.Archive) *plan.Plan {
	t.Helper()
	for _, f := range archive.Files {
		if f.Name != "plan.json" {
			continue
		}
		p := &plan.Plan{}
		d := json.NewDecoder(bytes.NewReader(f.Data))
		d.DisallowUnknownFields()
		if err := d.Decode(p); err != nil {
			t.Fatalf("decoding plan.json: %v", err)
		}
		return p
	}
	t.Fatal("no plan.json")
	return nil
}
