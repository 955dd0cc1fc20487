//go:build linux

package integration

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// newcomer types what a page of the manual has readers type, in a copy of this checkout. In place of localhost:5001 stands another port,
// and docker buildx build is told of the machine's certificates and module proxy. All else is as it is printed; but without
// MODSHIP_TEST_FULL there is no Docker, and there
//
//   - what compiles modship and crane is left out, and what the other tests have of them is used: see instead;
//   - the builder of buildx is the daemon of the other tests, by the driver remote, and the BuildKit that is found without Docker is that as well;
//   - --load writes an archive.
type newcomer struct {
	*laboratory
	desk     *dockerDesk // nil without MODSHIP_TEST_FULL
	home     string      // of the user without Docker; "" without MODSHIP_TEST_FULL
	checkout string
	address  string // of the registry that a command of the page starts, such as localhost:5001
	ours     *strings.Replacer
	instead  map[string]string // of commands, as the page has them
	// withDocker and without are the environments of a user of Docker and of somebody who has none.
	withDocker, without []string
}

func newNewcomer(t *testing.T) *newcomer {
	t.Helper()
	l := setUp(t)
	free, err := testbed.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free)
	if err != nil {
		t.Fatal(err)
	}
	n := &newcomer{laboratory: l, checkout: filepath.Join(t.TempDir(), "modship"), address: "localhost:" + port}
	ours := []string{
		"localhost:5001", n.address, "ghcr.io/me/", n.address + "/me/",
		"docker buildx build ", "docker buildx build --progress plain " + strings.Join(l.machineFlags(build{}), " ") + " ",
	}
	if full() {
		n.fullDesk(t)
	} else {
		n.leanDesk(t)
		ours = append(ours, "--driver-opt network=host", "--driver remote "+l.daemon.Addr, "--load ", "--output type=oci,dest=loaded.tar ")
	}
	n.ours = strings.NewReplacer(ours...)
	return n
}

// fullDesk starts a Docker, for which a registry of ours is that of docker.io, and makes a home for somebody who has none.
func (n *newcomer) fullDesk(t *testing.T) {
	t.Helper()
	n.copyCheckout(t, "./internal/goenv/data/go.env", "./internal/stepprogram/data/*.zst")
	n.desk = startDocker(t, "--registry-mirror", "http://"+n.laboratory.registry)
	n.desk.buildkitImage(t, "buildx-stable-1") // the one that buildx starts
	n.withDocker = n.desk.env

	var err error
	if n.home, err = os.MkdirTemp(n.cache, "home-"); err != nil { // in the temporary directory everybody may write
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(n.home); err != nil {
			t.Error(err)
		}
	})
	tools, err := filepath.Abs(filepath.Join(n.cache, "tools"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(n.home, ".cache", "modship"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tools, filepath.Join(n.home, ".cache", "modship", "tools")); err != nil {
		t.Fatal(err)
	}
	n.without = append(slices.DeleteFunc(slices.Clone(n.desk.env), func(v string) bool { return strings.HasPrefix(v, "DOCKER_HOST=") }),
		"HOME="+n.home, "PATH="+os.Getenv("PATH"))
}

// leanDesk uses what the other tests use.
func (n *newcomer) leanDesk(t *testing.T) {
	t.Helper()
	n.copyCheckout(t)
	crane, err := engine.Tools(t.Context(), n.cache, os.Stderr, "crane")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(n.checkout, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	steps, err := filepath.Glob("../bin/" + stepprogram.Name("*"))
	if err != nil || len(steps) < 2 {
		t.Fatalf("the programs of steps are %q, %v", steps, err)
	}
	for _, program := range append(steps, n.modship, filepath.Join(crane, "crane")) {
		if err := os.WriteFile(filepath.Join(bin, filepath.Base(program)), readFile(t, program), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	n.instead = map[string]string{
		"make":             "test -x bin/modship",
		"make -C modship":  "test -x modship/bin/modship",
		"make example":     "make MAKE=: example", // which calls itself to build modship
		"docker run greet": ":",
		"go -C tools build -o ../bin/crane github.com/google/go-containerregistry/cmd/crane": "test -x bin/crane",
	}
	n.without = append(slices.Clone(n.daemon.env), "BUILDKIT_HOST="+n.daemon.Addr)
	n.withDocker = append(slices.Clone(docker(t, "buildx").Env), "BUILDKIT_HOST="+n.daemon.Addr, "BUILDX_CONFIG="+t.TempDir())
	mustRun(t, t.TempDir(), n.withDocker, "docker", "buildx", "create", "--use", "--name", "desk", "--driver", "remote", n.daemon.Addr)
}

// withoutDocker opens a terminal of somebody without Docker. What is started there ends with the test.
func (n *newcomer) withoutDocker(t *testing.T, dir string, env ...string) *terminal {
	t.Helper()
	x := openTerminal(t, dir, append(slices.Clone(n.without), env...))
	if n.home != "" {
		t.Cleanup(func() {
			if said, code, _ := x.types(t, filepath.Join(n.checkout, "bin/modship")+" engine stop --force --remove"); code != 0 {
				t.Errorf("ending the private BuildKit: exit code %d\n%s", code, said)
			}
		})
	}
	return x
}

// loaded looks at what --load gave: what the image prints when it runs.
func (n *newcomer) loaded(t *testing.T, image, dir, want string) {
	t.Helper()
	if n.desk == nil {
		result{archive: filepath.Join(dir, "loaded.tar")}.runs(t, want)
	} else if got := n.desk.runImage(t, image); !strings.Contains(got, want) {
		t.Errorf("%s printed %q, want %q", image, got, want)
	}
}

// runs looks at what was pushed, or is in an archive, for both platforms; ${platform} in what is wanted stands for each.
func (n *newcomer) runs(t *testing.T, r result, want string) {
	t.Helper()
	images := r.images(t)
	if len(images) != 2 {
		t.Errorf("there are images for %d platforms", len(images))
	}
	for platform, img := range images {
		if got, want := programOf(t, img).output(t), strings.ReplaceAll(want, "${platform}", platform); got != want {
			t.Errorf("the program for %s printed %q, want %q", platform, got, want)
		}
	}
}

// copyCheckout copies this checkout, but for what it has made.
func (n *newcomer) copyCheckout(t *testing.T, except ...string) {
	t.Helper()
	if err := os.Mkdir(n.checkout, 0o755); err != nil {
		t.Fatal(err)
	}
	command := "set -o pipefail; tar -C .. -cf - --exclude=./bin --exclude=./dist"
	for _, name := range except {
		command += " --exclude='" + name + "'"
	}
	mustRun(t, ".", nil, "bash", "-c", fmt.Sprintf("%s . | tar -C %q --no-same-owner -xf -", command, n.checkout))
}

// step is a command of a page with the lines that it prints there, or a file that the page has readers write.
type step struct {
	command string
	prints  []string
	file    string
	text    string
}

var namedFile = regexp.MustCompile("file `([\\w./-]+)`")

// stepsOf reads a part of a page. What blocks of other languages are to be written to is the last file that the text before them names.
func stepsOf(text string) (steps []step) {
	from := 0
	for _, m := range pageBlock.FindAllStringSubmatchIndex(text, -1) {
		language, content, before := text[m[2]:m[3]], text[m[4]:m[5]], text[from:m[0]]
		from = m[1]
		if language == "console" {
			for line := range strings.Lines(content) {
				line = strings.TrimSuffix(line, "\n")
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					steps = append(steps, step{command: command})
				} else if len(steps) > 0 {
					last := &steps[len(steps)-1]
					last.prints = append(last.prints, line)
				}
			}
		} else if names := namedFile.FindAllStringSubmatch(before, -1); names != nil && language != "text" {
			steps = append(steps, step{file: names[len(names)-1][1], text: content})
		}
	}
	return steps
}

// does all steps, and fails with the first that fails. The log says how long each took.
func (n *newcomer) does(t *testing.T, x *terminal, steps []step) {
	t.Helper()
	if len(steps) == 0 {
		t.Fatal("the page has nothing to do")
	}
	for _, s := range steps {
		if s.file != "" {
			x.writes(t, s.file, n.ours.Replace(s.text))
			continue
		}
		typed, replaced := n.instead[s.command]
		if !replaced {
			typed = s.command
		}
		said, code, took := x.types(t, n.ours.Replace(typed))
		t.Logf("%6.1f s  $ %s", took.Seconds(), s.command)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", s.command, code, said)
		}
		if !replaced {
			s.compare(t, n.ours.Replace(strings.Join(s.prints, "\n")), said)
		}
	}
}

// writes makes a file in the folder that the terminal is in.
func (x *terminal) writes(t *testing.T, name, text string) {
	t.Helper()
	dir, code, _ := x.types(t, "pwd")
	if code != 0 {
		t.Fatal(dir)
	}
	edit(t, strings.TrimSpace(dir), name, text)
}

// varies is what differs between one run and the next.
var varies = regexp.MustCompile(`…|[0-9a-f]{8,}|\d+|\s+`)

// compare holds each line that a page prints below a command against what the command has printed. Lines of steps depend on the cache.
func (s step) compare(t *testing.T, prints, said string) {
	t.Helper()
	for line := range strings.Lines(prints) {
		line = strings.TrimSpace(line)
		if progressLine.MatchString(line) || strings.Trim(line, "…") == "" {
			continue
		}
		if !linePattern(line).MatchString(said) {
			t.Errorf("%s: the page shows the line\n%s\nand it printed\n%s", s.command, line, said)
		}
	}
}

// linePattern matches a line with other numbers, hashes and widths of columns.
func linePattern(line string) *regexp.Regexp {
	var pattern strings.Builder
	from := 0
	for _, m := range varies.FindAllStringIndex(line, -1) {
		pattern.WriteString(regexp.QuoteMeta(line[from:m[0]]))
		switch part := line[m[0]:m[1]]; {
		case part == "…":
			pattern.WriteString(".*")
		case strings.TrimSpace(part) == "":
			pattern.WriteString(`\s+`)
		case len(part) >= 8:
			pattern.WriteString("[0-9a-f]+")
		default:
			pattern.WriteString(`\d+`)
		}
		from = m[1]
	}
	return regexp.MustCompile(`(?m)^\s*` + pattern.String() + regexp.QuoteMeta(line[from:]) + `\s*$`)
}

// TestSteps: what is read of a page is what a reader does.
func TestSteps(t *testing.T) {
	const page = "The file `go.mod`, and then the file `main.go`:\n\n```go\npackage main\n```\n\n```console\n$ a # why\nout\n…\n$ b &\n```\n\nOutput:\n\n```text\nx\n```\n"
	want := []step{{file: "main.go", text: "package main\n"}, {command: "a # why", prints: []string{"out", "…"}}, {command: "b &"}}
	got := stepsOf(page)
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, c := range []struct {
		line, said string
		want       bool
	}{
		{"linux/amd64  /bin/greet  go1.26.11  static  2.0 MB", "x\nlinux/amd64   /bin/greet   go1.26.12   static   10.7 MB\n", true},
		{"linux/amd64  /bin/greet  go1.26.11  static  2.0 MB", "linux/amd64  /bin/greet  go1.26.11  dynamic  2.0 MB\n", false},
		{"pushed localhost:1/greet:1@sha256:4ddf8044…", "pushed localhost:1/greet:1@sha256:" + strings.Repeat("0a", 32) + "\n", true},
		{"wrote files to dist", "wrote files to dist or not\n", false},
	} {
		if got := linePattern(c.line).MatchString(c.said); got != c.want {
			t.Errorf("%q in %q: %t", c.line, c.said, got)
		}
	}
}
