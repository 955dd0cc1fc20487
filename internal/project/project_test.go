package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// folder is a context of files, in which the configuration is modship.yaml. It notes what was asked.
type folder struct {
	fs.FS
	newest string
	asked  []string
	warned []string
}

func (f *folder) Config(context.Context) (string, []byte, error) {
	text, err := fs.ReadFile(f, "modship.yaml")
	return "modship.yaml", text, err
}

func (f *folder) Modules(_ context.Context, _ func() gomod.Place, _ func(string), read func(*links.Tree) error) error {
	return read(links.New(f.FS))
}

func (f *folder) NewestGo(context.Context, plan.Input) (string, error) {
	f.asked = append(f.asked, "newest")
	return f.newest, nil
}

func (f *folder) Scan(_ context.Context, req scan.Request, _ []string) (*scan.Result, error) {
	f.asked = append(f.asked, "scan "+req.GoVersion)
	return scan.Scan(f, req)
}

func (f *folder) License(_ context.Context, dir string) (string, error) {
	f.asked = append(f.asked, "license of "+dir)
	return "MIT", nil
}

func (f *folder) Warn(_ context.Context, sentence string) { f.warned = append(f.warned, sentence) }

func newFolder(files map[string]string) *folder {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return &folder{FS: tree, newest: "go1.26.3"}
}

func newProject(t *testing.T) *Project {
	t.Helper()
	platform, err := target.Parse("linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	return &Project{Input: plan.Input{Targets: []target.Target{platform}}}
}

// TestReadMistakes: what is wrong with the configuration does not hide what is wrong with the module.
func TestReadMistakes(t *testing.T) {
	from := newFolder(map[string]string{"modship.yaml": "mian: .\n", "go.mod": "modul x\n"})
	var files []string
	for _, mistake := range diag.All(newProject(t).Read(t.Context(), from)) {
		files = append(files, mistake.File)
	}
	if want := []string{"modship.yaml", "go.mod"}; !slices.Equal(files, want) {
		t.Errorf("mistakes are in %q, want %q", files, want)
	}
}

// TestOrder: what is asked of the context, in the order of the data, and nothing that the files say themselves.
func TestOrder(t *testing.T) {
	for _, tc := range []struct {
		name, config, goLines string
		asked                 string
	}{
		{"nothing is said", "", "go 1.26\n", "newest, scan 1.26.3, license of mod"},
		{"a version", "go: 1.26.1\n", "go 1.26\n", "scan 1.26.1, license of mod"},
		{"a toolchain", "", "go 1.26\n\ntoolchain go1.26.2\n", "scan 1.26.2, license of mod"},
		{"a license", "metadata: {licenses: MIT}\n", "go 1.26\n", "newest, scan 1.26.3"},
	} {
		from := newFolder(map[string]string{
			"modship.yaml": tc.config, "go.work": tc.goLines + "\nuse ./mod\n",
			"mod/go.mod": "module example.com/m\n\n" + tc.goLines, "mod/cmd/x/main.go": "package main\n\nfunc main() {}\n",
		})
		p := newProject(t)
		if err := errors.Join(p.Read(t.Context(), from), p.ChooseGo(t.Context(), from), p.ScanPackages(t.Context(), from)); err != nil {
			t.Fatal(err)
		}
		draft, err := plan.NewDraft(p.Input, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.ReadLicense(t.Context(), from, draft); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(from.asked, ", "); got != tc.asked {
			t.Errorf("%s: asked for %q, want %q", tc.name, got, tc.asked)
		}
		want := vcs.Question{Module: vcs.Module{Path: "example.com/m", Dir: "sub/mod"}, Prefix: "sub"}
		if got := p.AskCommit(draft, "sub", ""); got != want {
			t.Errorf("%s: the repository is asked %+v, want %+v", tc.name, got, want)
		}
	}
}

// TestWarnings: arguments that have no meaning, and sources that disagree on the commit.
func TestWarnings(t *testing.T) {
	from, p := newFolder(map[string]string{"modship.yaml": "", "go.mod": "module example.com/m\n\ngo 1.26\n"}), newProject(t)
	p.Args = map[string]string{"NOBODY": "x"}
	if err := p.Read(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	facts := SettleCommit(t.Context(), from, vcs.Found{Facts: vcs.Facts{Revision: strings.Repeat("a", 40)}}, vcs.Facts{Revision: strings.Repeat("b", 40)})
	if len(from.warned) != 2 || !strings.Contains(from.warned[0], "NOBODY") || !strings.Contains(from.warned[1], "aaaa") {
		t.Errorf("warnings are %q", from.warned)
	}
	if facts == nil {
		t.Error("nothing is known of the commit")
	}
}

// TestPlatforms: each once in the order that was asked for, and all mistakes.
func TestPlatforms(t *testing.T) {
	targets, err := Platforms([]string{"linux/arm/v7", "linux/amd64", "linux/arm"}, target.Parse)
	if got := fmt.Sprint(targets); got != "[linux/arm/v7 linux/amd64]" || err != nil {
		t.Errorf("targets are %s, error %v", got, err)
	}
	_, err = Platforms([]string{"linux/6502", "linux/amd64", "linux/z80"}, target.Parse)
	if text := fmt.Sprint(err); strings.Count(text, "--platform: ") != 2 || !strings.Contains(text, "6502") || !strings.Contains(text, "z80") {
		t.Errorf("the mistakes are %v", err)
	}
}
