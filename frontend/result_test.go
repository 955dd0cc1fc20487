package frontend

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

// ref stands for a solved image; nothing is read of it.
type ref struct {
	gateway.Reference
	name string
}

// makeResult makes the result of a build for targets. The base is known for all of them.
func makeResult(t *testing.T, opts map[string]string, targets ...target.Target) *gateway.Result {
	t.Helper()
	ui := newUI(t, opts)
	parsed, err := parseOptions(ui)
	if err != nil {
		t.Fatal(err)
	}
	text := config.Template("text")
	p := &plan.Plan{}
	p.Main.Name, p.Metadata.Created = "app", time.Unix(0, 0)
	p.Runtime = plan.Runtime{Base: "base", UID: 1, GID: 1, Annotations: map[string]*config.Template{"kept": &text, "removed": nil}}
	in := &input{bases: baseImages{configs: map[string][]byte{}}}
	var refs []gateway.Reference
	var programs [][]program
	for _, tgt := range targets {
		p.Images = append(p.Images, plan.Image{Target: tgt})
		in.bases.configs[tgt.String()] = []byte(`{"os": "linux"}`)
		refs = append(refs, &ref{name: tgt.String()})
		programs = append(programs, []program{{facts: &binary.Facts{Format: target.FormatELF, GoVersion: "go1.26.8", Static: true}, size: 2_500_000}})
	}
	b := &builder{ui: ui, options: parsed}
	res, err := b.result(p, in, refs, programs)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func keys(res *gateway.Result) []string { return slices.Sorted(maps.Keys(res.Metadata)) }

// TestResultSingle: one reference and bare keys; platform-scoped keys would be dropped without a word.
func TestResultSingle(t *testing.T) {
	res := makeResult(t, map[string]string{"platform": "linux/arm/v7", "label:a": "b"}, armv7)
	if res.Ref == nil || res.Refs != nil {
		t.Errorf("want a reference and no map, got %v, %v", res.Ref, res.Refs)
	}
	want := []string{
		"annotation-manifest.golang.org/version", "annotation-manifest.kept", "containerimage.base.config", "containerimage.config",
		"frontend.result.inlinemessage", "refs.platforms", "source.date.epoch",
	}
	if diff := cmp.Diff(want, keys(res)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if config := string(res.Metadata["containerimage.config"]); !strings.Contains(config, `"Labels":{"a":"b","golang.org/version":"go1.26.8"}`) || !strings.Contains(config, `"variant":"v7"`) {
		t.Errorf("configuration is %s", config)
	}
	if epoch := string(res.Metadata["source.date.epoch"]); epoch != "0" {
		t.Errorf("epoch is %q", epoch)
	}
	checkPlatforms(t, res, "linux/arm/v7")
}

// TestResultMulti: a map of references, keys for each of them, and the index of one platform is an index as well.
func TestResultMulti(t *testing.T) {
	res := makeResult(t, map[string]string{"platform": "linux/amd64,linux/arm/v7"}, amd64, armv7)
	if res.Ref != nil || len(res.Refs) != 2 {
		t.Errorf("want two references and no single one, got %v, %v", res.Ref, res.Refs)
	}
	for id, r := range res.Refs {
		if r.(*ref).name != id {
			t.Errorf("the reference for %s is that for %s", id, r.(*ref).name)
		}
	}
	want := []string{"frontend.result.inlinemessage", "refs.platforms", "source.date.epoch"}
	for _, name := range []string{"kept", "golang.org/version"} {
		want = append(want, "annotation-index."+name, "annotation-index-descriptor."+name)
		for _, id := range []string{"linux/amd64", "linux/arm/v7"} {
			want = append(want, "annotation-manifest["+id+"]."+name, "annotation-manifest-descriptor["+id+"]."+name)
		}
	}
	for _, id := range []string{"linux/amd64", "linux/arm/v7"} {
		want = append(want, "containerimage.base.config/"+id, "containerimage.config/"+id, "source.date.epoch/"+id)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, keys(res)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkPlatforms(t, res, "linux/amd64", "linux/arm/v7")

	one := makeResult(t, map[string]string{"platform": "linux/amd64", "multi-platform": "true"}, amd64)
	if one.Ref != nil || len(one.Refs) != 1 {
		t.Errorf("an index of one: %v, %v", one.Ref, one.Refs)
	}
}

// checkPlatforms reads the list as the exporter does.
func checkPlatforms(t *testing.T, res *gateway.Result, want ...string) {
	t.Helper()
	ps, err := exptypes.ParsePlatforms(res.Metadata)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ps.Platforms {
		got = append(got, p.ID)
		var config struct{ OS, Architecture string }
		name := exptypes.ExporterImageConfigKey
		if len(res.Refs) > 0 {
			name += "/" + p.ID
		}
		if err := json.Unmarshal(res.Metadata[name], &config); err != nil || config.Architecture != p.Platform.Architecture || config.OS != p.Platform.OS {
			t.Errorf("the configuration of %s says %+v (%v)", p.ID, config, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
}

func TestSummarize(t *testing.T) {
	p := &plan.Plan{}
	p.Main.Name, p.Images = "app", []plan.Image{{Target: amd64}, {Target: armv7}}
	static := program{facts: &binary.Facts{Format: target.FormatELF, GoVersion: "go1.26.8", Static: true}, size: 2_500_000}
	dynamic := program{facts: &binary.Facts{Format: target.FormatELF, GoVersion: "go1.26.8"}, size: 12_340_000}
	got := summarize(p, [][]program{{static}, {dynamic}})
	want := "linux/amd64   /usr/local/bin/app  go1.26.8  static   2.5 MB\n" +
		"linux/arm/v7  /usr/local/bin/app  go1.26.8  dynamic  12.3 MB\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	p.Beside, p.Images = []plan.Main{{Name: "migrate"}}, p.Images[:1]
	want = "linux/amd64  /usr/local/bin/app      go1.26.8  static   2.5 MB\n" +
		"linux/amd64  /usr/local/bin/migrate  go1.26.8  dynamic  12.3 MB\n"
	if diff := cmp.Diff(want, summarize(p, [][]program{{static, dynamic}})); diff != "" {
		t.Errorf("of two programs (-want +got):\n%s", diff)
	}
}
