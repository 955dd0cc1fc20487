package plan_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/vcs"
)

// wish is what an archive says beside its files: what the caller of a build would.
type wish struct {
	Target    string          `json:"target"`
	Platforms []target.Target `json:"platforms"`
	Build     target.Target   `json:"build"`
	Base      string          `json:"base"`
	Namespace string          `json:"namespace"`
	VCS       *vcs.Facts      `json:"vcs"`
	Epoch     *time.Time      `json:"epoch"`
	Licenses  string          `json:"licenses"`
	Builder   string          `json:"builder"`
	Go        string          `json:"go"` // 1.26.8, unless Builder is set
	// Analysis is what analyze finds of each image: without cgo, and with it.
	Analysis [2][]analyze.Summary `json:"analysis"`
}

// TestGolden plans each archive of testdata: its files are the build context, modship.yaml the configuration, request.json
// what else was asked for. It takes the way of the frontend, from text to plan.
func TestGolden(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		p, warnings, err := makePlan(t, a.FS())
		if err != nil {
			a.Want(t, diagtest.Show(err))
			return
		}
		a.Want(t, render(t, p)+warnings)
	})
}

// makePlan goes from text to plan and its warnings. An error of a package before plan is one of the archive.
func makePlan(t *testing.T, fsys fstest.MapFS) (p *plan.Plan, warnings string, err error) {
	t.Helper()
	req := wish{Build: target.Target{OS: "linux", Arch: "amd64"}, Platforms: []target.Target{{OS: "linux", Arch: "arm64"}}}
	if f := fsys["request.json"]; f != nil {
		req.Platforms = nil
		golden.Decode(t, f.Data, &req)
	}
	var text []byte
	if f := fsys["modship.yaml"]; f != nil {
		text = f.Data
	}
	file, err := config.Parse("modship.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	target, program := file.Choose(req.Target)
	settings, err := file.Target(target, nil)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := gomod.LoadAt(fsys, gomod.Place{Module: settings.Module})
	if err != nil {
		t.Fatal(err)
	}
	golang := plan.Go{Image: req.Builder}
	if req.Builder == "" {
		golang.Version = cmp.Or(req.Go, "1.26.8")
	}
	in := plan.Input{
		Config:    settings,
		ByName:    file.ByName(),
		Program:   program,
		At:        func(path string) diag.Range { return file.TargetRange(req.Target, path) },
		Facts:     facts,
		Module:    settings.Module,
		Go:        golang,
		Fetch:     goenv.Settings{Proxy: "https://modules.example"},
		Base:      req.Base,
		Build:     req.Build,
		Targets:   req.Platforms,
		Namespace: req.Namespace,
		Epoch:     req.Epoch,
	}
	if req.Target == "" {
		in.Named = file.Targets()
	}
	return inRounds(t, fsys, in, req, plan.Siblings(file, settings, nil))
}

// inRounds goes round as the frontend does, with a summary of each image, in the order of the platforms, from the archive: without
// cgo, and with it.
func inRounds(t *testing.T, fsys fstest.MapFS, in plan.Input, req wish, also [][]string) (p *plan.Plan, warnings string, err error) {
	t.Helper()
	choices := plan.NewCgoChoices(in.Config, in.Targets)
	for range 4 {
		if in.Scan, err = scan.Scan(fsys, plan.ScanRequest(in, choices.Scan(), nil, also)); err != nil {
			t.Fatal(err)
		}
		if main, ok := in.Scan.Named(in.Program); ok {
			in.Config.Main = config.Mains{in.Scan.Spelling(main)}
		}
		choices = choices.OfMains(in)
		draft, err := plan.NewDraft(in, choices)
		if err != nil {
			return nil, "", err
		}
		summaries := make([]analyze.Summary, len(draft.Images))
		for i, img := range draft.Images {
			list := req.Analysis[0]
			if img.Cgo != nil {
				list = req.Analysis[1]
			}
			if i < len(list) {
				summaries[i] = list[i]
			}
		}
		var again bool
		if choices, again = choices.Analyzed(draft, summaries); again {
			continue
		}
		before := golden.JSON(t, draft)
		analyzed, err := draft.Analyze(in, plan.Findings{Packages: summaries, VCS: req.VCS, Licenses: req.Licenses})
		if err == nil {
			err = analyzed.CheckCgo(in)
		}
		if err != nil {
			return nil, "", err
		}
		for _, w := range analyzed.Warnings(in) {
			warnings += "warning: " + diagtest.Show(w)
		}
		between := golden.JSON(t, analyzed)
		var base plan.CgoBase
		if in.Config.Cgo.Zig.URL == "" {
			base.Ref = "registry.example/debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		}
		p := analyzed.Plan(base, make([]string, len(draft.Images)))
		if golden.JSON(t, draft) != before || golden.JSON(t, analyzed) != between {
			t.Error("a stage has changed the one before it")
		}
		return p, warnings, nil
	}
	t.Fatal("the choices go round without end")
	return nil, "", nil
}

// render writes a plan, which must survive JSON.
func render(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(golden.RoundTrip(t, p))
	fmt.Fprintf(&b, "layers: %s\n", strings.Join(p.Layers(p.Images[0]), ", "))
	for _, m := range p.Programs() {
		fmt.Fprintf(&b, "program: %s\n", p.PathOf(m))
	}
	fmt.Fprintf(&b, "embeds: %q\ncontext files: %q\n", p.Embeds(), p.ContextFiles(""))
	for _, img := range p.Images {
		fmt.Fprintf(&b, "build for %s: %q, link: %q\n", img.Target, p.BuildFlags(img), p.LinkFlags(img, p.Main))
		for _, m := range p.Beside {
			fmt.Fprintf(&b, "%s, link: %q\n", m.ImportPath, p.LinkFlags(img, m))
		}
		if img.Cgo != nil {
			fmt.Fprintf(&b, "C: %q, %+q\n", p.ExternalFlags(img), img.Cgo.Flags())
		}
	}
	fmt.Fprintf(&b, "analysis: %t, own modules: %q\n", p.NeedsAnalysis(), p.Source.InContext())
	return b.String()
}
