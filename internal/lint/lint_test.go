package lint_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/lint"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestRules: each archive has a project that breaks rules, in the folder wrong, and what is found; in the folder right is what becomes of it
// for whoever does as is said: nothing is found there. Together they follow all advice of the package.
func TestRules(t *testing.T) {
	var followed, broken []string
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		var b strings.Builder
		for _, w := range findings(t, a.FS(), "wrong") {
			fmt.Fprintf(&b, "%s: %v\n", w.Rule, w)
			followed, broken = append(followed, w.Help), append(broken, w.Rule)
		}
		if again := findings(t, a.FS(), "right"); len(again) > 0 {
			t.Errorf("and then:\n%v", again.Err())
		}
		a.Want(t, b.String())
	})
	if t.Failed() {
		return
	}
	diagtest.Advice(t, ".", followed, nil)
	elsewhere := []string{rules.User, rules.Labels, rules.Dockerignore, rules.GitLFS, rules.UnusedContext, rules.FilesPlatform, rules.KeptStamp} // tests of config, frontend and plan
	for _, rule := range rules.For(rules.Builds) {
		if !slices.Contains(broken, rule.ID) && !slices.Contains(elsewhere, rule.ID) {
			t.Errorf("no archive breaks %s", rule.ID)
		}
	}
}

// findings are all that is found in a folder.
func findings(t *testing.T, archive fs.FS, dir string) diag.List {
	t.Helper()
	files, err := fs.Sub(archive, dir)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		text, err := fs.ReadFile(files, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return text
	}
	file, err := config.Parse("modship.yaml", read("modship.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	platform, err := target.Parse("linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	in := plan.Input{Targets: []target.Target{platform}, At: func(path string) diag.Range { return file.TargetRange("", path) }}
	if in.Config, err = file.Target("", nil); err != nil {
		t.Fatal(err)
	}
	if in.Facts, err = gomod.Load(files); err != nil {
		t.Fatal(err)
	}
	choices := plan.NewCgoChoices(in.Config, in.Targets)
	if in.Scan, err = scan.Scan(files, plan.ScanRequest(in, choices.Scan(), nil, nil)); err != nil {
		t.Fatal(err)
	}
	draft, err := plan.NewDraft(in, choices)
	if err != nil {
		t.Fatal(err)
	}
	var said []request.Notice
	if text := read("notices.json"); text != nil {
		if err := json.Unmarshal(text, &said); err != nil {
			t.Fatal(err)
		}
	}
	sums := modfetch.GoSum{}
	sums.Add(read("go.sum"))
	return slices.Concat(lint.Project(in, file.Args(), nil), lint.Stamps(in, draft), lint.Sums(in.Facts, sums), lint.Notices(in.Facts.Requires(true), said))
}

// TestVendored: what is vendored needs no go.sum.
func TestVendored(t *testing.T) {
	archive := golden.Parse(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n-- vendor/modules.txt --\n# example.com/lib v1.0.0\n")
	facts, err := gomod.Load(archive.FS())
	if err != nil {
		t.Fatal(err)
	}
	if found := lint.Sums(facts, nil); len(found) > 0 {
		t.Error(found.Err())
	}
}

// TestGiven: an argument of the build is looked at as its default is.
func TestGiven(t *testing.T) {
	file, err := config.Parse("modship.yaml", []byte("args: {A: x}\n"))
	if err != nil {
		t.Fatal(err)
	}
	facts, err := gomod.Load(golden.Parse(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\ntoolchain go1.26.8\n").FS())
	if err != nil {
		t.Fatal(err)
	}
	in := plan.Input{Config: &config.Config{}, Facts: facts, At: func(string) diag.Range { return diag.Range{} }}
	secret := "glpat-" + strings.Repeat("x", 20)
	found := lint.Project(in, file.Args(), map[string]string{"A": secret, "NOT_DECLARED": secret})
	if len(found) != 1 || found[0].Rule != rules.Secrets || strings.Contains(found[0].Error(), secret) || found[0].Start.Line != 1 {
		t.Errorf("found %v", found.Err())
	}
}
