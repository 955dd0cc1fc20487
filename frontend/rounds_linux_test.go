package frontend

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// planOf asks for the plan alone.
func planOf(t *testing.T, c *gatewaytest.Client) *plan.Plan {
	t.Helper()
	c.Options["requestid"] = PlanRequest
	p := &plan.Plan{}
	if err := json.Unmarshal(mustBuild(t, c).Metadata["result.json"], p); err != nil {
		t.Fatal(err)
	}
	return p
}

// timesRan tells how often a stage ran.
func timesRan(c *gatewaytest.Client, stage string) (times int) {
	for _, name := range c.Ran() {
		if strings.HasPrefix(name, "["+stage+"]") {
			times++
		}
	}
	return times
}

// uses is a program that imports example.org/words, which is published.
const uses = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO

require example.org/words v1.0.0
-- go.sum --
$SUMS
-- main.go --
package main

import "example.org/words"

func main() { println(words.Hello) }
-- modship.yaml --
# syntax=modship
`

func publishWords(t *testing.T, archive string) (settings map[string]string, sums string) {
	return publish(t, map[module.Version]string{{Path: "example.org/words", Version: "v1.0.0"}: archive})
}

// TestReached: a dependency that imports a package of the module has it built as well, and what that imports in turn.
func TestReached(t *testing.T) {
	proxy, sums := publishWords(t, `
-- go.mod --
module example.org/words

go 1.26
-- words.go --
package words

import "example.com/hello/greeting"

const Hello = greeting.Text
`)
	c := newClient(t, uses+`
-- greeting/greeting.go --
package greeting

import "example.com/hello/greeting/text"

const Text = text.Hello
-- greeting/text/text.go --
package text

const Hello = "hello"
-- other/other.go --
package other
`, "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	p := planOf(t, c)
	want := []string{"greeting/greeting.go", "greeting/text/text.go", "main.go"}
	if got := p.Images[0].Files; !slices.Equal(got, want) {
		t.Errorf("the image is made of %q, want %q", got, want)
	}
	if scans, lists := timesRan(c, "scan"), timesRan(c, "analyze"); scans != 2 || lists != 1 {
		t.Errorf("it was scanned %d times and analyzed %d times", scans, lists) // the second time, what leaves the module is the same
	}
}

// TestLinks: what symbolic links lead to is asked for when it is known that it is missing: of module files, of packages, and of links
// on the way of links.
func TestLinks(t *testing.T) {
	c := newClient(t, `
-- mod/go.mod --
module example.com/hello

go 1.26

toolchain $GO
-- main.go --
package main

import "example.com/hello/greeting"

func main() { println(greeting.Text) }
-- elsewhere/b/text.go.txt --
package greeting

const Text = "hello"
-- modship.yaml --
# syntax=modship
`)
	dir := c.Locals["context"]
	for name, to := range map[string]string{"go.mod": "mod/go.mod", "greeting": "elsewhere/a", "elsewhere/a": "b", "elsewhere/b/text.go": "text.go.txt"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	p := planOf(t, c)
	for _, name := range []string{"greeting", "elsewhere/a", "elsewhere/b/text.go", "elsewhere/b/text.go.txt", "main.go"} {
		if !slices.Contains(p.Images[0].Files, name) {
			t.Errorf("%s is not among the files %q", name, p.Images[0].Files)
		}
	}
	if scans := timesRan(c, "scan"); scans < 2 || scans > 5 {
		t.Errorf("it was scanned %d times", scans)
	}
}

// TestLinksAmiss: a link to what the context lacks is a file that is not there, and not an endless search.
func TestLinksAmiss(t *testing.T) {
	c := newClient(t, hello)
	dir := c.Locals["context"]
	for name, to := range map[string]string{"gone.go": "nowhere.go", "round.go": "around.go", "around.go": "round.go"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c.Options["requestid"] = PlanRequest
	if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), "gone.go") {
		t.Errorf("got %v", err)
	}
	if scans := timesRan(c, "scan"); scans > 2 {
		t.Errorf("it was scanned %d times", scans)
	}
}

// needsC is the dependency of uses with C in it.
const needsC = `
-- go.mod --
module example.org/words

go 1.26
-- words.go --
package words

// int answer(void) { return 42; }
import "C"

const Hello = "hello"

func Answer() int { return int(C.answer()) }
`

// TestFoundC: C that is found in a dependency has the packages read again, as those of a build with C, and a sysroot made, with which
// they are.
func TestFoundC(t *testing.T) {
	proxy, sums := publishWords(t, needsC)
	c := newClient(t, uses, "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	withDebian(t, c)
	p := planOf(t, c)
	if img := p.Images[0]; img.Cgo == nil || img.Cgo.Sysroot != "sysroot-of-the-test" || !strings.HasPrefix(img.Cgo.Base, "docker.io/library/debian@sha256:") {
		t.Errorf("C is compiled with %+v", img.Cgo)
	}
	if lists := timesRan(c, "analyze"); lists != 2 {
		t.Errorf("it was analyzed %d times", lists)
	}
	if ran := c.Ran(); !slices.ContainsFunc(ran, func(name string) bool { return strings.Contains(name, " sysroot] ") }) {
		t.Errorf("no sysroot was made: %q", ran)
	}
}

// TestOlderModules: a go.mod of before Go 1.17 does not name all modules, so that they are followed before anything is planned.
func TestOlderModules(t *testing.T) {
	proxy, sums := publishWords(t, "-- go.mod --\nmodule example.org/words\n\ngo 1.16\n-- words.go --\npackage words\n\nconst Hello = \"hello\"\n")
	c := newClient(t, strings.ReplaceAll(uses, "go 1.26\n\ntoolchain $GO", "go 1.16"), "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	if err := os.WriteFile(filepath.Join(c.Locals["context"], "modship.yaml"), []byte("# syntax=modship\ngo: "+strings.TrimPrefix(goVersion, "go")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := planOf(t, c)
	if !p.Source.Graph || timesRan(c, "graph") != 1 {
		t.Errorf("the modules were followed %d times: %v", timesRan(c, "graph"), c.Ran())
	}
}

// TestSolves bounds what a build asks of the daemon: each is a round trip, which a build on another machine waits for.
func TestSolves(t *testing.T) {
	for name, scenario := range map[string]struct {
		make   func(t *testing.T) *gatewaytest.Client
		solves int
	}{
		"no dependencies":        {func(t *testing.T) *gatewaytest.Client { return newClient(t, hello) }, 6},
		"dependencies and files": {newWordsClient, 8},
		"base": {func(t *testing.T) *gatewaytest.Client {
			c := newClient(t, hello+"image: {base: base.example/a}\n")
			c.AddImage("base.example/a", gatewaytest.Root{Dir: t.TempDir(), Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
			return c
		}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			c := scenario.make(t)
			planOf(t, c)
			if got := len(c.Solves()); got != scenario.solves {
				t.Errorf("planning takes %d solves, want %d", got, scenario.solves)
			}
		})
	}
}
