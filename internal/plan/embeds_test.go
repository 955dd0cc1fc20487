package plan_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/patternmatcher"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestEmbeddedFiles: what is sent of the context for patterns of go:embed is what the go command embeds, no more and no less.
func TestEmbeddedFiles(t *testing.T) {
	files := []string{
		"a.txt", ".env", "_a.txt", "web/index.html", "web/.env", "web/_draft", "web/sub/page.html", "web/sub/.kept", "web/.well-known/x", "web/_sub/y",
		"web/.git/config", "web/sub/.hg/store", ".git/config", "lib/web/.env", "lib/web/z", "odd [1]/b.txt", "ünï/c.txt", "y.txt",
	}
	for _, test := range []struct{ root, lib string }{ // the directives of two packages
		{"//go:embed web", ""},
		{"//go:embed all:web", ""},
		{"//go:embed lib/web/*", ""},
		{"//go:embed web/.env", ""},
		{"//go:embed web web/.env", ""},
		{"//go:embed web/sub web all:web/.well-known", ""},
		{"//go:embed web all:web/sub", ""},
		{"//go:embed *.txt", ""},
		{"//go:embed .env", ""},
		{"//go:embed \"odd [[]1]\" ünï", ""},
		{"//go:embed lib/web", "//go:embed all:web"},
		{"//go:embed all:lib", "//go:embed web/z"},
		{"//go:embed lib", "//go:embed web/.env"},
		{"//go:embed */sub */*.html", ""},
		{"//go:embed [x-z].txt [^b-z].txt", ""},
	} {
		dir := t.TempDir()
		fsys := fstest.MapFS{
			"go.mod":     {Data: []byte("module example.com/m\n\ngo 1.26\n")},
			"main.go":    {Data: []byte("package main\n\nimport (\n\t\"embed\"\n\n\t_ \"example.com/m/lib\"\n)\n\n" + test.root + "\nvar files embed.FS\n\nfunc main() {}\n")},
			"lib/lib.go": {Data: []byte("package lib\n\nimport \"embed\"\n\n" + test.lib + "\nvar Files embed.FS\n")},
		}
		for _, name := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(name)}
		}
		if err := os.CopyFS(dir, fsys); err != nil {
			t.Fatal(err)
		}
		want := embeddedByGo(t, dir)
		r, err := scan.Scan(os.DirFS(dir), scan.Request{
			Table: gomod.Table{Modules: []gomod.Module{{Path: "example.com/m", Dir: "."}}}, Targets: []target.Target{{OS: "linux", Arch: "amd64"}}, GoVersion: "1.26.8",
		})
		if err != nil {
			t.Fatal(err)
		}
		got := testbed.Sent(t, dir, plan.EmbeddedFiles(r.Images["example.com/m"]["linux/amd64"].Embeds()))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, %s: (-go command +sent):\n%s", test.root, test.lib, diff)
		}
	}
}

// TestEmbedRepository: the folder of git is not sent for a pattern that matches it.
func TestEmbedRepository(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, fstest.MapFS{".git/config": {}, "a.txt": {}, "sub/.git/config": {}, "sub/b.txt": {}, "sub/.env": {}}); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string][]string{
		"*": {"a.txt", "sub/b.txt"}, "all:*": {"a.txt", "sub/.env", "sub/b.txt"}, ".git": nil, "all:.git": nil, "all:sub/.git": nil, "*/*": {"sub/.env", "sub/b.txt"},
	} {
		if diff := cmp.Diff(want, testbed.Sent(t, dir, plan.EmbeddedFiles([]string{pattern}))); diff != "" {
			t.Errorf("%s (-want +sent):\n%s", pattern, diff)
		}
	}
}

// TestEmbedOddPatterns: signs that patternmatcher reads otherwise than path.Match do not turn a pattern round, nor end the build.
func TestEmbedOddPatterns(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, fstest.MapFS{"!b.txt": {}, "a.txt": {}, "c]d": {}, "e|f": {}, "g^h": {}, "deep/i/j": {}}); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string][]string{"!b.txt": {"!b.txt"}, "[z-a].txt": {"a.txt"}, `c[z-a\]]d`: {"c]d"}, "e|f": {"e|f"}, "x|y": nil, "g^h": {"g^h"}, "**/j": nil, "**p/**": {"deep/i/j"}} {
		if diff := cmp.Diff(want, testbed.Sent(t, dir, plan.EmbeddedFiles([]string{pattern}))); diff != "" {
			t.Errorf("%s (-want +sent):\n%s", pattern, diff)
		}
	}
}

// embeddedByGo asks the go command.
func embeddedByGo(t *testing.T, dir string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=Dir,EmbedFiles", "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for d := json.NewDecoder(stdout); d.More(); {
		var p struct {
			Dir        string
			EmbedFiles []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.EmbedFiles {
			names = append(names, path.Join(rel, name))
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("listing: %v", err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// FuzzEmbeddedFiles: whatever package embed takes as a pattern gives patterns that can be read, and none that takes in the folder of git.
func FuzzEmbeddedFiles(f *testing.F) {
	f.Add("all:a b", "*", "[^x]-[a-z]")
	f.Add("!x", `\*`, "a/**/b")
	f.Add("#x", "^|(", "all:all:x")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		img := scan.Image{Packages: []scan.Package{{Dir: "pkg", EmbedPatterns: []string{a, b}}, {Dir: "[x]", EmbedPatterns: []string{c}}}}
		patterns := plan.EmbeddedFiles(img.Embeds())
		m, err := patternmatcher.New(patterns)
		if err != nil {
			t.Fatalf("%q: %v", patterns, err)
		}
		for _, name := range []string{"pkg/.git/config", "[x]/a/.git/config", "x/secret", ".git/config"} {
			if taken, err := m.MatchesOrParentMatches(name); err != nil || taken {
				t.Errorf("%q take %s (%v)", patterns, name, err)
			}
		}
	})
}
