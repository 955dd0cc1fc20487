package plan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

var update = flag.Bool("update", false, "rewrite the -- want -- part of testdata/*.txtar")

// wish is what an archive says beside its files: what the caller of a build would.
type wish struct {
	Target    string          `json:"target"`
	Platforms []target.Target `json:"platforms"`
	Build     target.Target   `json:"build"`
	Base      string          `json:"base"`
	Namespace string          `json:"namespace"`
	VCS       *vcs.Facts      `json:"vcs"`
	Created   time.Time       `json:"created"`
	Licenses  string          `json:"licenses"`
	Builder   string          `json:"builder"`
	// Analysis is what analyze finds of each image: without cgo, and with it.
	Analysis [2][]analyze.Summary `json:"analysis"`
}

// TestGolden plans each archive of testdata: its files are the build context, modship.yaml the configuration, request.json
// what else was asked for. It takes the way of the frontend, from text to plan.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no archives in testdata", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name != "want" {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	p, err := makePlan(t, fsys)
	got := render(t, p, err) + warnings[t.Name()]
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
}

// makePlan goes from text to plan. An error of a package before plan is one of the archive.
func makePlan(t *testing.T, fsys fstest.MapFS) (*plan.Plan, error) {
	t.Helper()
	req := wish{Build: target.Target{OS: "linux", Arch: "amd64"}, Platforms: []target.Target{{OS: "linux", Arch: "arm64"}}}
	if f := fsys["request.json"]; f != nil {
		req.Platforms = nil
		decode(t, f.Data, &req)
	}
	var text []byte
	if f := fsys["modship.yaml"]; f != nil {
		text = f.Data
	}
	file, err := config.Parse("modship.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := file.Target(req.Target, nil)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := gomod.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	golang := plan.Go{Version: "1.26.8", Image: req.Builder}
	in := plan.Input{
		Config:    settings,
		At:        func(path string) diag.Range { return file.TargetRange(req.Target, path) },
		Facts:     facts,
		Go:        golang,
		Fetch:     goenv.Settings{Proxy: "https://modules.example"},
		Base:      req.Base,
		Build:     req.Build,
		Targets:   req.Platforms,
		Namespace: req.Namespace,
		VCS:       req.VCS,
		Created:   req.Created,
		Licenses:  req.Licenses,
	}
	return inRounds(t, fsys, in, req.Analysis)
}

// inRounds goes round as the frontend does, with a summary of each image, in the order of the platforms, from the archive: without
// cgo, and with it.
func inRounds(t *testing.T, fsys fstest.MapFS, in plan.Input, found [2][]analyze.Summary) (*plan.Plan, error) {
	t.Helper()
	choices := plan.NewCgoChoices(in.Config, in.Targets)
	for range 4 {
		var err error
		if in.Scan, err = scan.Scan(fsys, plan.ScanRequest(in.Config, in.Facts, in.Go, in.Targets, choices.Scan(), nil)); err != nil {
			t.Fatal(err)
		}
		if main, err := in.Scan.Choose(in.Config.Main); err == nil {
			choices.Scanned(in.Scan.Images[main.ImportPath])
		}
		in.Cgo, in.CgoOff = choices.On(), choices.Off()
		p, err := plan.Make(in)
		if err != nil {
			return nil, err
		}
		summaries := make([]analyze.Summary, len(p.Images))
		for i, img := range p.Images {
			list := found[0]
			if img.Cgo != nil {
				list = found[1]
			}
			if i < len(list) {
				summaries[i] = list[i]
			}
		}
		if choices.Analyzed(p, summaries) {
			continue
		}
		if err := p.Apply(in, summaries); err != nil {
			return nil, err
		}
		if in.Config.Cgo.Zig.URL == "" {
			p.SetCgoBase("registry.example/debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "")
		}
		for _, w := range p.CgoWarnings(in) {
			t.Logf("%v", w)
			warnings[t.Name()] += fmt.Sprintf("warning: %s-%d:%d | %s\n", w.Range, w.End.Line, w.End.Col, strings.TrimPrefix(w.Error(), w.Range.String()+": "))
		}
		return p, nil
	}
	t.Fatal("the choices go round without end")
	return nil, nil
}

// warnings are those of the last plan, by the test's name.
var warnings = map[string]string{}

// render writes a plan, which must survive JSON, or its mistakes with their places.
func render(t *testing.T, p *plan.Plan, err error) string {
	t.Helper()
	var b bytes.Buffer
	if err != nil {
		for _, e := range diag.All(err) {
			fmt.Fprintf(&b, "%s-%d:%d | %s\n", e.Range, e.End.Line, e.End.Col, strings.TrimPrefix(e.Error(), e.Range.String()+": "))
		}
		return b.String()
	}
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		t.Fatal(err)
	}
	var again plan.Plan
	decode(t, b.Bytes(), &again)
	if diff := cmp.Diff(*p, again); diff != "" {
		t.Errorf("JSON changes the plan (-before +after):\n%s", diff)
	}
	fmt.Fprintf(&b, "layers: %s\n", strings.Join(p.Layers(p.Images[0]), ", "))
	fmt.Fprintf(&b, "program: %s\n", p.ProgramPath())
	fmt.Fprintf(&b, "embeds: %q\ncontext files: %q\n", p.Embeds(), p.ContextFiles())
	for _, img := range p.Images {
		fmt.Fprintf(&b, "link for %s: %q\n", img.Target, p.LinkFlags(img))
	}
	fmt.Fprintf(&b, "analysis: %t, own modules: %q\n", p.NeedsAnalysis(), p.OwnModules())
	return b.String()
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("decoding %T: %v", v, err)
	}
}
