package annotate

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// writeModule writes the files of an archive into a new folder.
func writeModule(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		file := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const simple = `
-- go.mod --
module github.com/example/app

go 1.26
-- main.go --
package main

func main() {}
-- arm.go --
//go:build arm

package main
`

// request is for the module in dir, with a license because recognising one takes time.
func request(dir string, config string, platforms ...string) Request {
	return Request{Dir: dir, Name: "modship.yaml", Config: []byte("metadata: {licenses: MIT}\n" + config), Platforms: platforms}
}

func TestRead(t *testing.T) {
	base := map[string]string{
		"org.opencontainers.image.title":    "app",
		"org.opencontainers.image.source":   "https://github.com/example/app",
		"org.opencontainers.image.licenses": "MIT",
	}
	with := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for _, tc := range []struct {
		name        string
		request     func(dir string) Request
		annotations map[string]string
		labels      map[string]string
		warned      []string // parts of the warnings, beside that of the missing repository
	}{
		{"derived", func(dir string) Request { return request(dir, "", "linux/amd64") }, with(), with(), nil},
		{"time", func(dir string) Request {
			r := request(dir, "", "linux/amd64")
			r.Args = map[string]string{"SOURCE_DATE_EPOCH": "1"}
			return r
		}, with("org.opencontainers.image.created", "1970-01-01T00:00:01Z"), with("org.opencontainers.image.created", "1970-01-01T00:00:01Z"), nil},
		{"a base image is that of another image", func(dir string) Request {
			return request(dir, "image: {base: alpine@sha256:"+strings.Repeat("a", 64)+"}\n", "linux/amd64")
		}, with(), with(), nil},
		{"same on all platforms", func(dir string) Request {
			return request(dir, "image: {annotations: {os: \"${target.os}\"}}\n", "linux/amd64", "linux/arm")
		}, with("os", "linux"), with(), nil},
		{"not the same", func(dir string) Request {
			return request(dir, "image: {annotations: {a: \"${target.arch}\", v: \"${target.variant}\"}, labels: {l: \"${target.arch}\"}}\n", "linux/amd64", "linux/arm")
		}, with(), with(), []string{"the annotation a is not the same", "the annotation v is not the same", "the label l is not the same"}},
		{"one platform in two spellings", func(dir string) Request {
			return request(dir, "image: {annotations: {v: \"${target.variant}\"}}\n", "linux/arm", "linux/arm/v7")
		}, with("v", "v7"), with(), nil},
		{"arguments", func(dir string) Request {
			r := request(dir, "args: {TIER: x}\nimage: {labels: {tier: \"${TIER}\"}}\n", "linux/amd64")
			r.Args = map[string]string{"TIER": "y", "TIRE": "z", "http_proxy": "p", "BUILDKIT_X": "1"}
			return r
		}, with(), with("tier", "y"), []string{`build argument TIRE is not declared in args and has no effect; did you mean "TIER"?`}},
		{"labels", func(dir string) Request {
			r := request(dir, "", "linux/amd64")
			r.Labels = map[string]string{"mine": "1", "org.opencontainers.image.vendor": "v"}
			return r
		}, with("org.opencontainers.image.vendor", "v"), with("mine", "1", "org.opencontainers.image.vendor", "v"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Read(tc.request(writeModule(t, simple)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.annotations, got.Annotations); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.labels, got.Labels); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			warned := append([]string{"revision and version are not known"}, tc.warned...)
			if len(got.Warnings) != len(warned) {
				t.Fatalf("warnings are %q", got.Warnings)
			}
			for _, part := range warned {
				if !strings.Contains(strings.Join(got.Warnings, "\n"), part) {
					t.Errorf("no warning says %q: %q", part, got.Warnings)
				}
			}
		})
	}
}

// TestReplacedForNothing: a folder may stand in for modules that nobody requires, however many.
func TestReplacedForNothing(t *testing.T) {
	dir := writeModule(t, `
-- go.work --
go 1.21

use ./app

replace (
	example.com/before => ./app
	example.com/lib => ./lib
	example.com/lib/v2 => ./lib
)
-- app/go.mod --
module example.com/app

go 1.21

require example.org/other v1.0.0
-- app/main.go --
package main

func main() {}
-- lib/go.mod --
module example.com/lib
`)
	if _, err := Read(request(dir, "", "linux/amd64")); err != nil {
		t.Error(err)
	}
}

// TestReadMistakes: mistakes of one stage are told together, each with its place.
func TestReadMistakes(t *testing.T) {
	for _, tc := range []struct {
		name    string
		archive string
		request func(dir string) Request
		want    []string
	}{
		{"input", "-- go.mod --\nmodul x\n", func(dir string) Request {
			r := request(dir, "mian: .\n", "linux/amd64", "linux/6502")
			r.Args = map[string]string{"SOURCE_DATE_EPOCH": "-1"}
			r.Labels = map[string]string{"containerd.io/x": ""}
			return r
		}, []string{
			`SOURCE_DATE_EPOCH: want a number of seconds since 1970, got "-1"`,
			`--label: "containerd.io/x" is not usable`,
			`unsupported platform "linux/6502"`,
			`modship.yaml:2:1: unknown key "mian"; did you mean "main"?`,
			"go.mod:1:1: ",
		}},
		{"Go version", simple, func(dir string) Request { return request(dir, "go: \"1.25\"\n", "linux/amd64") }, []string{"modship.yaml:2:5: "}},
		{"main package", simple, func(dir string) Request { return request(dir, "main: ./nowhere\n", "linux/amd64") }, []string{"modship.yaml:2:7: no main package"}},
		{"a folder outside", "-- go.mod --\nmodule example.com/a\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ../lib\n", func(dir string) Request {
			r := request(dir, "", "linux/amd64")
			r.Shown = "svc/a"
			return r
		}, []string{"go.mod:7:1: replacement directory ../lib is outside the context; use svc as the context"}},
		{"Go files", simple + "-- bad.go --\npackage main\n\nimport x\n", func(dir string) Request { return request(dir, "", "linux/amd64") }, []string{"bad.go"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Read(tc.request(writeModule(t, tc.archive)))
			got := messages(err)
			if len(got) != len(tc.want) {
				t.Fatalf("mistakes are %q, want %d", got, len(tc.want))
			}
			for i, part := range tc.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("mistake %d is %q, want %q", i, got[i], part)
				}
			}
		})
	}
}

// git runs it with nothing of this machine's settings, and a fixed author and time.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "init.defaultBranch=main", "-c", "core.autocrlf=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func headOf(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "rev-parse", "HEAD")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestReadCommit: only a file that an image of the plan is made of makes the version a modified one.
func TestReadCommit(t *testing.T) {
	const key = "org.opencontainers.image.version"
	for _, tc := range []struct {
		name, file, content string
		platforms           []string
		want                string
	}{
		{"nothing", "", "", []string{"linux/amd64"}, "v1.0.0"},
		{"unused file", "README.md", "x", []string{"linux/amd64"}, "v1.0.0"},
		{"file of another platform", "arm.go", "//go:build arm\n\npackage main\n\nvar x int\n", []string{"linux/amd64"}, "v1.0.0"},
		{"file of one of the platforms", "arm.go", "//go:build arm\n\npackage main\n\nvar x int\n", []string{"linux/amd64", "linux/arm"}, "v1.0.0+dirty"},
		{"go.sum", "go.sum", "\n", []string{"linux/amd64"}, "v1.0.0+dirty"},
		{"new Go file", "new.go", "package main\n", []string{"linux/amd64"}, "v1.0.0+dirty"},
		{"new test", "new_test.go", "package main\n", []string{"linux/amd64"}, "v1.0.0"},
		{"file for the image", "etc/new", "x", []string{"linux/amd64"}, "v1.0.0+dirty"},
		{"ignored file", "etc/new.bak", "x", []string{"linux/amd64"}, "v1.0.0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := writeModule(t, simple+"-- etc/app.conf --\nx\n-- .dockerignore --\n**/*.bak\n.git\n")
			git(t, dir, "init", "-q")
			git(t, dir, "add", ".")
			git(t, dir, "commit", "-q", "-m", "first")
			git(t, dir, "tag", "v1.0.0")
			if tc.file != "" {
				if err := os.WriteFile(filepath.Join(dir, tc.file), []byte(tc.content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Read(request(dir, "image: {files: [{from: etc, to: /etc/app/}]}\n", tc.platforms...))
			if err != nil {
				t.Fatal(err)
			}
			if got.Annotations[key] != tc.want {
				t.Errorf("version %q, want %q", got.Annotations[key], tc.want)
			}
			if modified := strings.HasSuffix(tc.want, "+dirty"); modified != (len(got.Warnings) == 1) {
				t.Errorf("warnings are %q", got.Warnings)
			}
		})
	}
}

// TestReadCommitIncludes: what C of the module includes belongs to the program, whatever it is called.
func TestReadCommitIncludes(t *testing.T) {
	const key = "org.opencontainers.image.version"
	for file, want := range map[string]string{"": "v1.0.0", "include/answer": "v1.0.0+dirty", "include/table.tbl": "v1.0.0+dirty", "include/unused.tbl": "v1.0.0"} {
		dir := writeModule(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.26\n-- main.go --\npackage main\n\n// #cgo CPPFLAGS: -I${SRCDIR}/include\n"+
			"// #include <answer>\nimport \"C\"\n\nfunc main() { println(C.ANSWER) }\n-- include/answer --\n#include \"table.tbl\"\n"+
			"-- include/table.tbl --\n#define ANSWER 42\n-- include/unused.tbl --\n")
		git(t, dir, "init", "-q")
		git(t, dir, "add", ".")
		git(t, dir, "commit", "-q", "-m", "first")
		git(t, dir, "tag", "v1.0.0")
		if file != "" {
			if err := os.WriteFile(filepath.Join(dir, file), []byte("#define ANSWER 43\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Read(request(dir, "", "linux/amd64"))
		if err != nil {
			t.Fatal(err)
		}
		if got.Annotations[key] != want {
			t.Errorf("with another %q the version is %q, want %q", file, got.Annotations[key], want)
		}
	}
}

// TestReadCommitUncompared: of a clone that borrows its objects from another, which are not read, a commit that could not be
// compared only the revision is said.
func TestReadCommitUncompared(t *testing.T) {
	origin := writeModule(t, simple)
	git(t, origin, "init", "-q")
	git(t, origin, "add", ".")
	git(t, origin, "commit", "-q", "-m", "first")
	git(t, origin, "tag", "v1.0.0")
	dir := filepath.Join(t.TempDir(), "clone")
	git(t, origin, "clone", "-q", "--shared", origin, dir)
	git(t, dir, "remote", "set-url", "origin", "https://git.example/me/app.git")
	got, err := Read(request(dir, "", "linux/amd64"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"revision": headOf(t, origin), "version": "", "created": "", "source": "https://git.example/me/app"} {
		if v := got.Annotations["org.opencontainers.image."+key]; v != want {
			t.Errorf("%s is %q, want %q", key, v, want)
		}
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "comparing the files with the commit") {
		t.Errorf("warnings are %q", got.Warnings)
	}
}
