package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/frontend"
)

// sinceWorld is a checkout with a commit and a tag "old", in which a test changes files.
type sinceWorld struct {
	t   *testing.T
	dir string
}

func newSinceWorld(t *testing.T) sinceWorld {
	t.Helper()
	w := sinceWorld{t, t.TempDir()}
	for name, text := range map[string]string{
		"sub/modship.yaml":       "args: {X: a}\ntargets:\n  api: {main: ./cmd/api}\n  worker: {main: ./cmd/worker}\n",
		"sub/.dockerignore":      "*.md\n",
		"sub/.gitignore":         "gen.go\n",
		"sub/go.mod":             "module example.com/m\n\ngo 1.26\n",
		"sub/go.sum":             "",
		"sub/cmd/api/main.go":    "package main\n",
		"sub/cmd/worker/main.go": "package main\n",
		"sub/web/index.html":     "x",
		"sub/lib/lib.go":         "package lib\n",
		"sub/lib/x.h":            "",
		"sub/vendor/a/a.go":      "package a\n",
		"sub/LICENSE":            "x",
	} {
		writeFile(t, w.dir, name, text)
	}
	w.git("init", "-q", "-b", "main")
	w.git("add", "-A", "-f")
	w.git("commit", "-q", "-m", "first")
	w.git("tag", "old")
	return w
}

func (w sinceWorld) git(args ...string) {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "HOME="+w.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (w sinceWorld) open(name string) *since {
	w.t.Helper()
	dir := filepath.Join(w.dir, "sub")
	d := inMemory("Dockerfile", nil)
	if name != "-" {
		d = defaultDefinition(dir, nil)
	}
	s, err := openSince("old", dir, d, map[string]string{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(s.close)
	return s
}

// TestSince: of two images, the one is built of which something has changed, and why.
func TestSince(t *testing.T) {
	api := frontend.Inputs{Packages: []string{"cmd/api", "lib"}, Files: []string{"lib/other.inc"}, Modules: []string{"go.mod", "go.sum", "go.work"}, Patterns: []string{"web", "LICENSE"}}
	worker := frontend.Inputs{Packages: []string{"cmd/worker"}, Modules: api.Modules, External: true, Vendored: []string{"vendor"}, Imported: []string{"lib"}}
	withC := frontend.Inputs{Packages: []string{"cmd/worker"}, Modules: api.Modules, OwnC: true}
	for name, test := range map[string]struct {
		files map[string]string // "" removes one
		whys  [3]string         // of api, worker, and one with C
	}{
		"nothing":     {nil, [3]string{}},
		"a document":  {map[string]string{"README.md": "x", "cmd/api/README.md": "x"}, [3]string{}},
		"a test":      {map[string]string{"cmd/api/main_test.go": "package main\n"}, [3]string{}},
		"a file":      {map[string]string{"cmd/api/main.go": "package main // x\n"}, [3]string{"cmd/api/main.go has changed since old", "", ""}},
		"a new file":  {map[string]string{"cmd/api/new.go": "package main\n"}, [3]string{"cmd/api/new.go is new since old", "", ""}},
		"a gone file": {map[string]string{"cmd/worker/main.go": ""}, [3]string{"", "cmd/worker/main.go is gone since old", "cmd/worker/main.go is gone since old"}},
		"generated":   {map[string]string{"cmd/api/gen.go": "package main\n"}, [3]string{"cmd/api/gen.go is ignored by git, so whether it has changed is not known", "", ""}},
		"a library that dependencies may import": {map[string]string{"lib/lib.go": "package lib // x\n"},
			[3]string{"lib/lib.go has changed since old", "lib/lib.go has changed since old", ""}},
		"embedded":   {map[string]string{"web/style/x.css": "x"}, [3]string{"web/style/x.css is new since old", "", ""}},
		"assembly's": {map[string]string{"lib/other.inc": "x"}, [3]string{"lib/other.inc is new since old", "", "lib/other.inc is new since old"}},
		"a header":   {map[string]string{"deep/down/y.h": "x"}, [3]string{"", "", "deep/down/y.h is new since old"}},
		"versions": {map[string]string{"go.mod": "module example.com/m\n\ngo 1.26\n\nrequire example.org/a v1.0.0\n", "go.sum": "x\n"},
			[3]string{"", "go.mod has changed since old", ""}},
		"the Go version": {map[string]string{"go.mod": "module example.com/m\n\ngo 1.25\n"},
			[3]string{"go.mod has changed since old", "go.mod has changed since old", "go.mod has changed since old"}},
		"a workspace": {map[string]string{"go.work": "go 1.26\n\nuse .\n"}, [3]string{"go.work is new since old", "go.work is new since old", "go.work is new since old"}},
		"vendored":    {map[string]string{"vendor/a/a.go": "package a // x\n"}, [3]string{"", "vendor/a/a.go has changed since old", ""}},
		"a license":   {map[string]string{"LICENSE": "y"}, [3]string{"LICENSE has changed since old", "", ""}},
		"ignored files": {map[string]string{".dockerignore": "*.txt\n"},
			[3]string{"what .dockerignore says has changed since old", "what .dockerignore says has changed since old", "what .dockerignore says has changed since old"}},
		"a comment in the configuration": {map[string]string{"modship.yaml": "# x\nargs: {X: a}\ntargets:\n  api: {main: ./cmd/api}\n  worker: {main: ./cmd/worker}\n"}, [3]string{}},
		"the configuration of one": {map[string]string{"modship.yaml": "args: {X: a}\ntargets:\n  api: {main: ./cmd/api, image: {ports: [1]}}\n  worker: {main: ./cmd/worker}\n"},
			[3]string{"its configuration has changed since old", "", ""}},
		"an ignore file of its own": {map[string]string{"modship.yaml.dockerignore": "x\n"},
			[3]string{"what .dockerignore says has changed since old", "what .dockerignore says has changed since old", "what .dockerignore says has changed since old"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSinceWorld(t)
			for name, text := range test.files {
				name = "sub/" + name
				if text == "" {
					if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
						t.Fatal(err)
					}
					continue
				}
				writeFile(t, w.dir, name, text)
			}
			s := w.open("")
			if err := s.compare([]frontend.Inputs{api, worker, withC}); err != nil {
				t.Fatal(err)
			}
			for i, in := range []frontend.Inputs{api, worker, withC} {
				target := []string{"api", "worker", "worker"}[i]
				if got := s.why(target, in); got != test.whys[i] {
					t.Errorf("%s is built because %q, want %q", target, got, test.whys[i])
				}
			}
		})
	}
}

// TestSinceUnsure: what cannot be compared is built.
func TestSinceUnsure(t *testing.T) {
	w := newSinceWorld(t)
	in := frontend.Inputs{Packages: []string{"cmd/api"}}
	if got := w.open("-").why("api", in); got != "its configuration cannot be compared with that of old" {
		t.Errorf("of standard input: %q", got)
	}
	in.Contexts = []string{"ui"}
	if got := w.open("").why("api", in); got != "it has files of ui, which is not in the repository" {
		t.Errorf("of another context: %q", got)
	}
	if err := os.Remove(filepath.Join(w.dir, "sub/modship.yaml")); err != nil {
		t.Fatal(err)
	}
	if got := w.open("").why("api", frontend.Inputs{}); got != "its configuration cannot be compared with that of old" {
		t.Errorf("without the configuration that there was: %q", got)
	}
}

// TestSinceMistakes: a commit that there is not is a mistake in the flag, and so is a folder in no repository.
func TestSinceMistakes(t *testing.T) {
	w := newSinceWorld(t)
	for ref, want := range map[string]string{
		"none": `--since: none: no such commit: "none" is no full hash, tag or branch here; write a full hash, or the name of a tag or a branch, as in --since origin/main`,
	} {
		if _, err := openSince(ref, w.dir, noConfig(), nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", ref, err, want)
		}
	}
	if _, err := openSince("main", t.TempDir(), noConfig(), nil); err == nil || !strings.Contains(err.Error(), "--since: main: no git repository") {
		t.Errorf("without a repository: %v", err)
	}
}
