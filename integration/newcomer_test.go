//go:build linux

package integration

import (
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/testing/firstminute"
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
	theirs   []string          // what is of this machine, and how a page has it, in pairs
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
	n.theirs = append(n.theirs, n.address, "localhost:5001", filepath.Dir(n.checkout), "~")
	return n
}

// fullDesk starts a Docker, for which a registry of ours is that of docker.io, and makes a home for somebody who has none.
func (n *newcomer) fullDesk(t *testing.T) {
	t.Helper()
	freshCheckout(t, n.checkout)
	n.desk = startDocker(t, "--registry-mirror", "http://"+n.laboratory.registry)
	n.theirs = append(n.theirs, n.desk.socket, "unix:///var/run/docker.sock")
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
	n.theirs = append(n.theirs, n.desk.home(t), "~", n.home, "~", tools, "~/.cache/modship/tools")
}

// leanDesk uses what the other tests use.
func (n *newcomer) leanDesk(t *testing.T) {
	t.Helper()
	copyCheckout(t, n.checkout)
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
		x.endsPrivate(t, n.checkout)
	}
	return x
}

// endsPrivate has the private BuildKit that is started in the terminal end with the test.
func (x *terminal) endsPrivate(t *testing.T, checkout string) {
	t.Helper()
	t.Cleanup(func() {
		if said, code, _ := x.types(t, filepath.Join(checkout, "bin/modship")+" engine stop --force --remove"); code != 0 {
			t.Errorf("ending the private BuildKit: exit code %d\n%s", code, said)
		}
	})
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

// freshCheckout copies this checkout, but for what it has made, as a repository of one commit: where it is itself the worktree of another one
// would say.
func freshCheckout(t *testing.T, to string) {
	t.Helper()
	copyCheckout(t, to, "./internal/goenv/data/go.env", "./internal/stepprogram/data/*.zst", "./.git")
	need(t, "git", "git")
	initCheckout(t, to)
}

// copyCheckout copies this checkout, but for what it has made.
func copyCheckout(t *testing.T, to string, except ...string) {
	t.Helper()
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	command := "set -o pipefail; tar -C .. -cf - --exclude=./bin --exclude=./dist"
	for _, name := range except {
		command += " --exclude='" + name + "'"
	}
	mustRun(t, ".", nil, "bash", "-c", fmt.Sprintf("%s . | tar -C %q --no-same-owner -xf -", command, to))
}

// does all steps, and fails with the first that fails. The log says how long each took; typed is what there is to record.
func (n *newcomer) does(t *testing.T, x *terminal, steps []firstminute.Step) (typed []firstminute.Typed) {
	t.Helper()
	if len(steps) == 0 {
		t.Fatal("the page has nothing to do")
	}
	for _, s := range steps {
		if s.File != "" {
			x.writes(t, s.File, n.ours.Replace(s.Text))
			continue
		}
		command, replaced := n.instead[s.Command]
		if !replaced {
			command = s.Command
		}
		said, code, took := x.types(t, n.ours.Replace(command))
		t.Logf("%6.1f s  $ %s", took.Seconds(), s.Command)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", s.Command, code, said)
		}
		if !replaced {
			compare(t, s.Command, n.ours.Replace(strings.Join(s.Prints, "\n")), said)
		}
		typed = append(typed, firstminute.Typed{Command: s.Command, Prints: firstminute.Shorten(strings.NewReplacer(n.theirs...).Replace(said)), Seconds: math.Round(took.Seconds()*10) / 10})
	}
	return typed
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
func compare(t *testing.T, command, prints, said string) {
	t.Helper()
	for line := range strings.Lines(prints) {
		line = strings.TrimSpace(line)
		if progressLine.MatchString(line) || strings.Trim(line, "…") == "" {
			continue
		}
		if !linePattern(line).MatchString(said) {
			t.Errorf("%s: the page shows the line\n%s\nand it printed\n%s", command, line, said)
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

// TestLinePattern: what a page shows is compared but for what differs between one run and the next.
func TestLinePattern(t *testing.T) {
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
