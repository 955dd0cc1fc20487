package frontend

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/gatewaytest"
	"github.com/modship-build/modship/internal/vcs"
)

// words is a module that hello may use.
var words = map[module.Version]string{{Path: "example.org/words", Version: "v1.0.0"}: `
-- go.mod --
module example.org/words

go 1.26
-- words.go --
package words

const Hello = "hello"
`}

// usesWords is a program with a dependency, a package of the standard library, and an embedded file.
const usesWords = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO

require example.org/words v1.0.0
-- go.sum --
$SUMS
-- main.go --
package main

import (
	_ "embed"
	_ "errors"

	"example.org/words"
)

//go:embed text
var text string

func main() { println(words.Hello, text) }
-- text --
text
-- modship.yaml --
# syntax=modship
image:
  files:
    - {from: text, to: /etc/text}
`

func newWordsClient(t *testing.T) *gatewaytest.Client {
	t.Helper()
	proxy, sums := publish(t, words)
	c := newClient(t, usesWords, "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	return c
}

// TestSameVertices: a vertex that several solves have is one vertex. Its digest decides that: where BuildKit finds two, it has files sent
// twice and runs steps twice, and the cache that it exports lacks what came from the one that was found first.
func TestSameVertices(t *testing.T) {
	c := newWordsClient(t)
	git(t, c)
	c.Locals[vcs.Local] = c.Locals["context"]
	c.Options[vcs.OptionPrefix], c.Options[vcs.OptionConfig] = ".", "modship.yaml"
	mustBuild(t, c)
	checkSame(t, c.Solves())

	ran := len(c.Ran())
	mustBuild(t, c)
	if again := c.Ran()[ran:]; len(again) > 0 {
		t.Errorf("the same build of the same session runs again %q", again)
	}
}

// TestSameModuleFiles: the build list is chosen by the files of modules that the build has, also where links lead to them.
func TestSameModuleFiles(t *testing.T) {
	old := map[module.Version]string{}
	for m, content := range words {
		old[m] = strings.Replace(content, "go 1.26\n", "go 1.16\n", 1)
	}
	proxy, sums := publish(t, old)
	c := newClient(t, strings.Replace(usesWords, "go 1.26\n", "go 1.16\n", 1), "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	dir := c.Locals["context"]
	if err := os.Mkdir(filepath.Join(dir, "sums"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "go.sum"), filepath.Join(dir, "sums", "sums")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("sums/sums", filepath.Join(dir, "go.sum")); err != nil {
		t.Fatal(err)
	}
	mustBuild(t, c)
	checkSame(t, c.Solves())
	if !slices.Contains(c.Ran(), "[graph] follow the requirements of modules") {
		t.Errorf("no build list was chosen: %q", c.Ran())
	}
}

// checkSame: of a name there is one vertex.
func checkSame(t *testing.T, solves []gatewaytest.Solve) {
	t.Helper()
	known := map[string]string{}
	for i, solve := range solves {
		for _, encoded := range solve.Definition.Def {
			id := digest.FromBytes(encoded).String()
			name := solve.Definition.Metadata[id].GetDescription()["llb.customname"]
			if before, ok := known[name]; ok && before != id && name != "" {
				t.Errorf("solve %d has another vertex %q than one before:\n%s\n%s", i, name, before, id)
			}
			known[name] = id
		}
	}
	if len(known) < 10 {
		t.Errorf("only %d vertices have names", len(known))
	}
}

// TestLocalSources: every local source is of the session, or its digest would be a new one in each solve.
func TestLocalSources(t *testing.T) {
	c := newWordsClient(t)
	c.Locals[vcs.Local] = t.TempDir()
	c.Options[vcs.OptionPrefix], c.Options["requestid"] = ".", PlanRequest
	mustBuild(t, c)
	for _, solve := range c.Solves() {
		for _, encoded := range solve.Definition.Def {
			var op pb.Op
			if err := op.UnmarshalVT(encoded); err != nil {
				t.Fatal(err)
			}
			if source := op.GetSource(); source != nil && source.Attrs[pb.AttrLocalUniqueID] != "" {
				t.Errorf("%s with the attributes %v has a digest of its own", source.Identifier, source.Attrs)
			}
		}
	}
}
