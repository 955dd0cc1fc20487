package depcheck

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/golden"
)

const buildkit = "github.com/moby/buildkit"

// rule forbids imports. A pattern is a package and all below it.
type rule struct {
	why string
	// from are the packages that the rule is for; of all packages those not in except, if from is empty.
	from, except []string
	never        []string
	// direct says that only an import of its own breaks the rule, not one of a package that it imports.
	direct bool
}

var (
	// facts are the packages that say what is, below the plan that says what will be.
	facts = []string{
		"internal/target", "internal/binary", "internal/ctoolchain", "internal/goenv", "internal/gofiles", "internal/config", "internal/gomod", "internal/vcs", "internal/scan", "internal/analyze",
	}
	// pure take bytes and readers. Package vcs reads repositories on the disk.
	pure = slices.Concat(slices.DeleteFunc(slices.Clone(facts), func(pkg string) bool { return pkg == "internal/vcs" }), []string{
		"internal/buildarg", "internal/diag", "internal/forges", "internal/plan", "internal/image", "internal/sbom", "internal/startable", "internal/rules", "internal/credentials", "internal/lint", "internal/policy", "internal/ownpolicy", "internal/ocidiff", "internal/cgofacts", "internal/cgocheck", "internal/sarif",
	})
	testHelpers = []string{"internal/testing/golden", "internal/testing/diagtest", "internal/testing/modproxytest", "internal/testing/gatewaytest", "internal/testing/steproot", "internal/testing/imagetest", "internal/testing/cgoprogram", "internal/testing/sariftest", "internal/testing/hostile", "internal/testing/gittest", "internal/testing/builderrows", "internal/testing/firstminute"}
	imageTools  = []string{"cmd/oci-lint-go", "cmd/cgo-check", "cmd/oci-diff", "internal/ociread", "internal/imagefacts", "internal/imagetool", "internal/cloudkeychain", "internal/rules", "internal/credentials", "internal/policy", "internal/ownpolicy", "internal/ocidiff", "internal/cgofacts", "internal/cgocheck", "internal/sarif", "internal/verify", "internal/yamlfile"}
)

var rules = []rule{
	{
		why:    "only these packages speak BuildKit",
		except: []string{"llb", "internal/reffs", "frontend", "internal/engine", "internal/cli", "internal/testing/gatewaytest", "bench/internal/lab", "integration"},
		never:  []string{buildkit}, direct: true,
	},
	{why: "a package of data must not pull in BuildKit through others", from: pure, never: []string{buildkit}},
	{why: "they take bytes and readers, never clients or contexts", from: pure, except: []string{"internal/ownpolicy"}, direct: true,
		never: []string{"context", "net/http", "os", "log"}},
	{why: "defaults are read by all and read nothing", from: []string{"internal/defaults"}, never: []string{"internal"}},
	{why: "facts are found before there is a plan", from: facts,
		never: []string{"internal/plan", "internal/image", "llb", "internal/step", "frontend"}},
	{why: "the plan does not know what is made of it", from: []string{"internal/plan"},
		never: []string{"internal/image", "llb", "internal/step", "internal/reffs", "frontend", "internal/engine"}},
	{why: "whoever reads a project, what is known of it is found in one order", from: []string{"internal/project"},
		never: []string{buildkit, "internal/image", "llb", "internal/step", "internal/reffs", "internal/annotate", "frontend"}},
	{why: "files of a project come from its context", from: []string{"internal/project"}, never: []string{"os", "net/http", "log"}, direct: true},
	{why: "module files are read by one package; vcs wants the module line of another commit's, goerrors those of the tree that the go command " +
		"saw, engine the tools of its own, modvcs whose module a folder is, and sbom the form of a path",
		except: []string{"internal/gomod", "internal/vcs", "internal/modvcs", "internal/goerrors", "internal/engine", "internal/sbom", "bench"},
		never:  []string{"golang.org/x/mod/modfile"}, direct: true},
	{why: "module files are read without knowing why", from: []string{"internal/gomod"},
		never: []string{"internal/scan", "internal/analyze", "internal/vcs", "internal/modfetch", "internal/modcache"}},
	{why: "image and llb are two readers of one plan", from: []string{"internal/image"},
		never: []string{"llb", "internal/policy", "internal/reffs", "frontend"}},
	{why: "the graph sees the plan, never the configuration", from: []string{"llb"}, never: []string{"internal/config"}, direct: true},
	{why: "the graph is a function of the plan", from: []string{"llb"},
		never: []string{"internal/image", "internal/reffs", "internal/engine", "frontend"}},
	{why: "what the path of a module says is asked by all and asks nobody", from: []string{"internal/forges"}, never: []string{"internal"}},
	{why: "what is a secret is asked by all and asks nobody", from: []string{"internal/credentials"}, never: []string{"internal"}},
	{why: "the table of rules is read by all and reads nothing", from: []string{"internal/rules"},
		never: append(slices.DeleteFunc(slices.Clone(pure), func(pkg string) bool { return pkg == "internal/diag" }), "internal/vcs", "llb", "frontend")},
	{why: "what is found in files does not depend on who tells of it", from: []string{"internal/lint"},
		never: []string{"internal/policy", "internal/step", "internal/reffs", "llb", "frontend"}},
	{why: "rules judge images, however these were made", from: []string{"internal/policy"}, never: []string{"llb", "internal/reffs", "frontend"}},
	{why: "languages of policies are large, and only one program needs them",
		from:  []string{"cmd/modship", "cmd/modship-step", "cmd/oci-diff", "cmd/cgo-check", "frontend", "llb", "internal/policy"},
		never: []string{"cel.dev/cel-go", "github.com/open-policy-agent"}},
	{why: "own policies see the view and nothing else; Rego's interpreter asks for a context", from: []string{"internal/ownpolicy"}, direct: true,
		never: []string{"os", "net/http", "log"}},
	{why: "how a file is written does not depend on what it is for", from: []string{"internal/yamlfile"}, never: []string{"internal", "os", "net/http", "log", "context"}, direct: true},
	{why: "an SBOM is made of facts", from: []string{"internal/sbom"}, never: []string{"internal/plan", "llb", "frontend"}},
	{why: "a build step knows its request, not who made it", from: []string{"internal/step"}, never: []string{buildkit, "internal/plan", "llb", "frontend"}},
	{why: "fetching knows neither why nor what for", from: []string{"internal/modfetch"},
		never: []string{"internal/gomod", "internal/modcache", "internal/toolchain", "internal/plan", "internal/step"}},
	{why: "how long servers are waited for does not depend on what is asked", from: []string{"internal/patience"}, never: []string{"internal", "os", "log"}, direct: true},
	{why: "what is fetched from a repository does not depend on who verifies it", from: []string{"internal/modvcs"},
		never: []string{"internal/gomod", "internal/modfetch", "internal/vcs", "internal/plan", "internal/step"}},
	{why: "references are read without knowing why", from: []string{"internal/reffs"}, never: []string{"internal/plan", "llb", "frontend"}},
	{why: "what a user has of Docker is found without knowing what for", from: []string{"internal/docker"}, never: []string{buildkit, "internal/engine", "internal/cli", "frontend"}},
	{why: "Docker is for who uses a daemon", except: []string{"internal/docker", "internal/engine", "internal/cli"}, never: []string{"internal/docker", "github.com/moby/moby/client"}, direct: true},
	{why: "starting a daemon is apart from using it", from: []string{"internal/engine"}, never: []string{"internal/plan", "llb", "frontend"}},
	{why: "nothing but the programs uses the frontend",
		except: []string{"frontend", "internal/cli", "integration"},
		never:  []string{"frontend"}, direct: true},
	{why: "the command line is above everything", except: []string{"cmd/modship", "internal/docgen", "integration"}, never: []string{"internal/cli"}, direct: true},
	{why: "only what is measured or tested needs a test bed", except: []string{"bench", "integration", "internal/testing/gatewaytest", "internal/testing/cgoprogram", "internal/testing/hostile", "internal/testing/gittest", "internal/modvcs"}, never: []string{"internal/testing/testbed"}, direct: true},
	{why: "a panic in a goroutine must not end the program", except: []string{"internal/errgroup", "internal/testing/testbed", "bench"},
		never: []string{"golang.org/x/sync/errgroup"}, direct: true},
	{why: "what helps tests is in no program", except: testHelpers, never: append(testHelpers, "testing"), direct: true},
	{why: "the SDKs of clouds are large, and only what asks registries for images needs them",
		except: []string{"cmd/oci-lint-go", "cmd/cgo-check", "cmd/oci-diff", "internal/docgen", "internal/cli", "cmd/modship", "integration"}, never: []string{"internal/cloudkeychain"}},
	{why: "the image tools work on any image", from: imageTools, never: []string{"frontend", "llb", "internal/engine", buildkit}},
}

// TestImports holds the module against the rules.
func TestImports(t *testing.T) {
	g, err := readGraph(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(g["internal/plan"]) == 0 || len(g["frontend"]) == 0 {
		t.Fatalf("the module's packages were not found: %v", slices.Sorted(maps.Keys(g)))
	}
	for _, broken := range g.check(rules) {
		t.Error(broken)
	}
}

// check gives a line for every package that breaks a rule, with the imports that do.
func (g graph) check(rules []rule) []string {
	var broken []string
	for _, r := range rules {
		for _, pkg := range slices.Sorted(maps.Keys(g)) {
			if !r.applies(pkg) {
				continue
			}
			find := g.chain
			if r.direct {
				find = g.direct
			}
			if chain := find(pkg, r.never); chain != nil {
				broken = append(broken, fmt.Sprintf("%s: %s", r.why, strings.Join(chain, " → ")))
			}
		}
	}
	return broken
}

func (r rule) applies(pkg string) bool {
	return (len(r.from) == 0 || matches(pkg, r.from)) && !matches(pkg, r.except)
}

// TestCheck keeps TestImports from passing because it finds nothing.
func TestCheck(t *testing.T) {
	archive := golden.Parse(t, `
-- go.mod --
module github.com/modship-build/modship
-- internal/config/config.go --
package config

import "github.com/modship-build/modship/internal/helper"
-- internal/config/config_test.go --
package config

import "context"
-- internal/helper/helper.go --
package helper

import other "github.com/modship-build/modship/internal/other"
-- internal/other/other_windows.go --
//go:build windows

package other

import _ "github.com/moby/buildkit/client"
-- internal/step/step.go --
package step

import (
	"testing"

	"github.com/modship-build/modship/llbx"
)
-- llb/llb.go --
package llb

import (
	_ "github.com/moby/buildkit/client/llb"
	_ "github.com/modship-build/modship/internal/config"
)
-- cmd/oci-diff/main.go --
package main

import "github.com/modship-build/modship/frontend"
-- frontend/testdata/x.go --
package broken; import "context
-- examples/x/go.mod --
module example.com/x
-- examples/x/x.go --
package x

import "github.com/moby/buildkit/client"
`)
	g, err := readGraph(archive.FS())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"only these packages speak BuildKit: internal/other → github.com/moby/buildkit/client",
		"a package of data must not pull in BuildKit through others: internal/config → internal/helper → internal/other → github.com/moby/buildkit/client",
		"the graph sees the plan, never the configuration: llb → internal/config",
		"nothing but the programs uses the frontend: cmd/oci-diff → frontend",
		"what helps tests is in no program: internal/step → testing",
		"the image tools work on any image: cmd/oci-diff → frontend",
	}
	if diff := cmp.Diff(want, g.check(rules)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
