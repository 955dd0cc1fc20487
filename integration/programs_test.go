//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/frontend"
)

// twoPrograms is a module with two commands and no configuration but the syntax line.
const twoPrograms = `
-- go.mod --
module example.com/two

go 1.26
-- cmd/api/main.go --
package main

import (
	"fmt"

	"example.com/two/greeting"
)

func main() { fmt.Println(greeting.Text + " from api") }
-- cmd/worker/main.go --
package main

import "fmt"

func main() { fmt.Println("hello from worker") }
-- greeting/greeting.go --
package greeting

const Text = "hello"
`

// TestProgramsByName builds each of two main packages that no configuration names, and shows both ways to choose where neither is chosen.
func TestProgramsByName(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, twoPrograms)
		for _, name := range []string{"api", "worker"} {
			r := m.build(t, build{dir: dir, flags: []string{"--target", name}})
			r.runs(t, "hello from "+name)
		}
		r := m.fail(t, build{dir: dir})
		r.says(t, "the module has 2 main packages: ./cmd/api, ./cmd/worker", "--target api", "main: ./cmd/api")
		r.exits(t, m, 2)
	})
}

// TestTargetLists lists them in each way, and builds them by a bake matrix that is made of the list.
func TestTargetLists(t *testing.T) {
	l := setUp(t)
	dir := inline(t, twoPrograms)
	r := syntax.build(t, build{dir: dir, noImage: true, flags: []string{"--call=targets"}})
	r.says(t, "api", "worker", "./cmd/worker", "api/binaries")

	cmd := exec.CommandContext(t.Context(), l.modship, "targets", "--addr", l.daemon.Addr, "--progress", "quiet", "--format", "json", dir)
	cmd.Env = l.daemon.env
	list, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found frontend.Targets
	if err := json.Unmarshal(list, &found); err != nil || len(found.Targets) != 2 || !cmp.Equal(found.Targets[1], frontend.Target{Name: "worker", Main: "./cmd/worker"}) {
		t.Fatalf("%v: %s", err, list)
	}
	out := t.TempDir()
	edit(t, dir, "docker-bake.hcl", block(t, "configuration.md", "hcl", "jsondecode(TARGETS)"))
	args := []string{filepath.Join(l.tools, "buildx"), "bake", "--builder", builderName, "--progress", "plain", "--allow", "fs=*", "image"}
	for _, name := range []string{"api", "worker"} {
		args = append(args, "--set", fmt.Sprintf("%s.output=type=oci,dest=%s", name, filepath.Join(out, name+".tar")), "--set", name+".args.GOPROXY="+l.goProxy)
		if bundle := systemBundle(); bundle != "" {
			args = append(args, "--set", name+".secrets=id=ca,src="+bundle)
		}
	}
	bake := exec.CommandContext(t.Context(), args[0], args[1:]...)
	bake.Dir, bake.Env = dir, append(l.daemon.env, "TARGETS="+string(list))
	if log, code := run(t, bake); code != 0 {
		t.Fatalf("docker buildx bake: exit code %d\n%s", code, log)
	}
	for _, name := range []string{"api", "worker"} {
		result{archive: filepath.Join(out, name+".tar")}.runs(t, "hello from "+name)
	}
}

// block is the block of a page of the manual in a language that has a text in it.
func block(t *testing.T, page, language, text string) string {
	t.Helper()
	for part := range strings.SplitSeq(string(readFile(t, "../docs/"+page)), "```"+language+"\n") {
		if body, _, ok := strings.Cut(part, "```"); ok && strings.Contains(body, text) {
			return body
		}
	}
	t.Fatalf("docs/%s has no block of %s with %q", page, language, text)
	return ""
}

// TestSeveralPrograms builds several targets with one command: those that are named, those of a pattern, all, and those that have changed;
// the images have the names of the templates. A target that fails hides no other.
func TestSeveralPrograms(t *testing.T) {
	l := setUp(t)
	dir := inline(t, twoPrograms)
	need(t, "git", "git")
	git(t, dir, "init", "-q", "-b", "main")
	commitAll(t, dir, "first")
	git(t, dir, "tag", "v1.4.2")
	several := func(args ...string) (log string, code int) {
		cmd := exec.CommandContext(t.Context(), l.modship, append([]string{"build", "--addr", l.daemon.Addr, "--progress", "plain"}, args...)...)
		cmd.Env = l.daemon.env
		return run(t, cmd)
	}
	for name, args := range map[string][]string{
		"named":   {"--target", "api,worker", dir},
		"pattern": {filepath.Join(dir, "cmd") + "/..."},
		"all":     {"--all", dir},
	} {
		repository := "programs/" + name
		log, code := several(append([]string{"--push", "-t", l.registry + "/" + repository + "/{target}:{version}"}, args...)...)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", name, code, log)
		}
		for _, program := range []string{"api", "worker"} {
			r := result{pushed: fmt.Sprintf("%s/%s/%s:v1.4.2", l.registry, repository, program), log: log}
			r.runs(t, "hello from "+program)
			r.says(t, "pushed "+r.pushed+"@sha256:", "["+program+" linux/amd64 compile")
		}
		if n := strings.Count(log, "steps cached: "); n != 1 {
			t.Errorf("%s: %d summaries of what BuildKit did, want one", name, n)
		}
	}

	sinceTag(t, dir, several)

	out := t.TempDir()
	log, code := several("--target", "api/binaries,worker/binaries", "-o", out+"/{target}", dir)
	if code != 0 || !strings.HasPrefix(string(readFolder(t, filepath.Join(out, "api"))["api-linux-amd64"]), "\x7fELF") {
		t.Errorf("files: exit code %d\n%s", code, log)
	}
	readFile(t, filepath.Join(out, "worker", "SHA256SUMS"))

	edit(t, dir, "cmd/worker/main.go", "package main\n\nfunc main() { undefined() }\n")
	log, code = several("--all", "-o", "type=oci,dest="+out+"/{target}.tar", dir)
	if code != 1 {
		t.Errorf("one fails: exit code %d", code)
	}
	r := result{archive: filepath.Join(out, "api.tar"), log: log}
	r.says(t, "target worker:", "main.go:3:15: undefined: undefined", "worker  failed", "1 of 2 targets failed: worker", "api     wrote OCI archive")
	r.runs(t, "hello from api")
}

// sinceTag builds what has changed since the tag of the commit, first where nothing has: what an earlier build has written for programs is
// not left as if it were of this one.
func sinceTag(t *testing.T, dir string, several func(args ...string) (string, int)) {
	t.Helper()
	files := t.TempDir()
	metadata, refs := filepath.Join(files, "metadata.json"), filepath.Join(files, "refs")
	edit(t, files, "metadata.json", `{"api": {}}`)
	edit(t, files, "refs", "of an earlier build")
	repository := lab.registry + "/programs/since"
	args := []string{"--since", "v1.4.2", "--push", "-t", repository + "/{target}:1", "--metadata-file", metadata, "--image-ref-file", refs, dir}

	edit(t, dir, "README.md", "no part of an image")
	log, code := several(args...)
	r := result{log: log}
	r.says(t, "api     left out: nothing of it has changed since v1.4.2", "worker  left out")
	if text, list := string(readFile(t, metadata)), string(readFile(t, refs)); code != 0 || text != "{}\n" || list != "" {
		t.Errorf("of nothing: exit code %d, metadata %s, names %q\n%s", code, text, list, log)
	}

	edit(t, dir, "greeting/greeting.go", "package greeting\n\nconst Text = \"hello again\"\n")
	log, code = several(args...)
	r = result{pushed: repository + "/api:1", log: log}
	r.says(t, "api     is built: greeting/greeting.go has changed since v1.4.2", "worker  left out: nothing of it has changed since v1.4.2")
	var built map[string]any
	if err := json.Unmarshal(readFile(t, metadata), &built); code != 0 || err != nil || len(built) != 1 || built["api"] == nil {
		t.Errorf("exit code %d, %v, the metadata are of %v\n%s", code, err, built, log)
	}
	if list := string(readFile(t, refs)); !strings.HasPrefix(list, repository+"/api@sha256:") {
		t.Errorf("the names are %q", list)
	}
	r.runs(t, "hello again from api")
	git(t, dir, "checkout", "-q", ".")
}
