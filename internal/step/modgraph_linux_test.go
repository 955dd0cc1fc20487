package step

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// graphed are a workspace and a module whose files do not name all that they need. In both, old is raised, mid is needed
// through it alone, and the go.mod of listed is that of a pruned module behind another one.
var graphed = map[string]string{
	"workspace": `
-- go.work --
go 1.21

use (
	./a
	./b
)
-- a/go.mod --
module example.com/a

go 1.21

require example.org/new v1.0.0
-- a/a.go --
package a

import (
	_ "example.com/b"
	_ "example.org/new"
)
-- b/go.mod --
module example.com/b

go 1.16

require example.org/old v1.0.0

replace example.org/local => ../local
-- b/b.go --
package b

import _ "example.org/old"
-- local/go.mod --
module example.org/local

require example.org/end v1.0.0
-- local/local.go --
package local

import _ "example.org/end"
`,
	"before Go 1.17": `
-- go.mod --
module example.com/a

go 1.16

require (
	example.org/new v1.0.0
	example.org/old v1.0.0
)

replace example.org/local => ./local
-- a.go --
package a

import (
	_ "example.org/new"
	_ "example.org/old"
)
-- local/go.mod --
module example.org/local

require example.org/end v1.0.0
-- local/local.go --
package local

import _ "example.org/end"
`,
}

// publishGraphed publishes the modules of graphed.
func publishGraphed(t *testing.T, zips string) {
	t.Helper()
	for name, files := range map[string]string{
		"new v1.0.0":    "-- go.mod --\nmodule example.org/new\n\ngo 1.17\n\nrequire (\n\texample.org/listed v1.0.0\n\texample.org/old v1.1.0\n)\n-- n.go --\npackage new\n\nimport _ \"example.org/listed\"\n",
		"listed v1.0.0": "-- go.mod --\nmodule example.org/listed\n\ngo 1.17\n\nrequire example.org/unused v1.0.0\n-- l.go --\npackage listed\n",
		"unused v1.0.0": "-- go.mod --\nmodule example.org/unused\n-- u.go --\npackage unused\n",
		"old v1.0.0":    "-- go.mod --\nmodule example.org/old\n-- o.go --\npackage old\n",
		"old v1.1.0":    "-- go.mod --\nmodule example.org/old\n\ngo 1.13\n\nrequire example.org/mid v1.0.0\n-- o.go --\npackage old\n\nimport _ \"example.org/mid\"\n",
		"mid v1.0.0":    "-- go.mod --\nmodule example.org/mid\n\nrequire example.org/local v1.0.0\n-- m.go --\npackage mid\n\nimport _ \"example.org/local\"\n",
		"end v1.0.0":    "-- go.mod --\nmodule example.org/end\n-- e.go --\npackage end\n",
	} {
		path, version, _ := strings.Cut(name, " ")
		publish(t, zips, module.Version{Path: "example.org/" + path, Version: version}, files)
	}
}

// sum has cmd/go write the sums that it needs.
func sum(t *testing.T, source, zips string) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "./...")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOPROXY=file://"+zips, "GONOSUMDB=*", "GOFLAGS=-modcacherw -mod=mod", "GOTOOLCHAIN=local", "GOMODCACHE="+t.TempDir(), "GOENV=off", "GOWORK=off")
	if exists(filepath.Join(source, "go.work")) {
		cmd.Dir = filepath.Join(source, "a")
		cmd.Env = append(cmd.Env, "GOWORK="+filepath.Join(source, "go.work"), "GOFLAGS=-modcacherw")
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// TestModuleGraph: without a go command, what is fetched is what one asks for, neither a go.mod file too many, which has no sum, nor
// one too few, which step analyze would miss.
func TestModuleGraph(t *testing.T) {
	for name, files := range graphed {
		t.Run(name, func(t *testing.T) {
			zips, source := t.TempDir(), lay(t, files)
			publishGraphed(t, zips)
			sum(t, source, zips)
			c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
			chosen, modules := t.TempDir(), t.TempDir()
			c.run("graph", request.Graph{}, in(source, request.Source), out(zips, request.Zips), out(chosen, request.Out))
			table := tableOf(t, source, chosen)
			c.run("modules", modulesOf(t, source, table), out(zips, request.Zips), out(modules, request.Out))
			var got []string
			for _, m := range table.Modules {
				if !m.Own() {
					got = append(got, m.Path+" "+m.Dir+m.Version)
				}
			}
			want := []string{"example.org/end v1.0.0", "example.org/listed v1.0.0",
				"example.org/local local", "example.org/mid v1.0.0",
				"example.org/new v1.0.0", "example.org/old v1.1.0"}
			if name != "workspace" { // which follows every requirement to the end
				want = append(want, "example.org/unused v1.0.0")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("build list (-want +got):\n%s", diff)
			}
			if len(table.Downloads()) != len(want)-1 {
				t.Errorf("%v are fetched, want all but the folder", table.Downloads())
			}
			err := eachFile(source, func(path string) error { // the step sees no source of the context
				if strings.HasSuffix(path, ".go") {
					return os.Remove(path)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			checkGraphed(t, c, source, append(fetched(modules), in(chosen, request.Graphed)), table)
		})
	}
}

// checkGraphed has the go command, offline, list what is imported.
func checkGraphed(t *testing.T, c container, source string, fetched []mount, modules gomod.Table) {
	t.Helper()
	said := t.TempDir()
	b := request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Work: exists(filepath.Join(source, "go.work"))}
	c.run("analyze", request.Analyze{Table: modules,
		Images: []request.Imports{{Build: b, Imports: []string{"example.org/new", "example.org/old", "example.org/end"}}}},
		append(fetched, in(source, request.Source), out(t.TempDir(), request.Out), out(said, request.Said))...)
	text, err := os.ReadFile(filepath.Join(said, request.AnalyzedDir(b.Target), request.AnalysisFile))
	if err != nil {
		t.Fatal(err)
	}
	var summary struct{ Modules []struct{ Path string } }
	if err := json.Unmarshal(text, &summary); err != nil || len(summary.Modules) == 0 {
		t.Errorf("%v: %s", err, text)
	}
}

// TestModuleGraphSums: what the sums do not vouch for is neither asked for nor taken.
func TestModuleGraphSums(t *testing.T) {
	zips, source := t.TempDir(), lay(t, graphed["workspace"])
	publishGraphed(t, zips)
	sum(t, source, zips)
	sums, err := os.ReadFile(filepath.Join(source, "go.work.sum"))
	if err != nil {
		t.Fatal(err)
	}
	c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
	try := func(sums string) string {
		write(t, filepath.Join(source, "go.work.sum"), sums)
		text, err := c.try("graph", request.Graph{}, in(source, request.Source), out(zips, request.Zips), out(t.TempDir(), request.Out))
		if err == nil {
			t.Error("it was taken")
		}
		return text
	}
	for mod, place := range map[string]string{"new": "a/go.mod:5:1", "mid": "go.work.sum"} {
		lacking := regexp.MustCompile(`(?m)^example.org/`+mod+` v1.0.0/go.mod .*\n`).ReplaceAll(sums, nil)
		want := "graph: " + place + ": example.org/" + mod + "@v1.0.0: missing go.sum entry for go.mod file; run `go mod download`, and add the go.work.sum"
		if text := try(string(lacking)); !strings.Contains(text, want) {
			t.Errorf("want %q in:\n%s", want, text)
		}
	}
	write(t, filepath.Join(zips, "example.org/mid/@v/v1.0.0.mod"), "module example.org/mid\n\nrequire example.org/evil v1.0.0\n")
	if text := try(string(sums)); !strings.Contains(text, "verifying example.org/mid@v1.0.0/go.mod: checksum mismatch") {
		t.Errorf("tampered:\n%s", text)
	}
}

// TestUsedAndRequired: a module that go.work uses is required by a version that nobody has published. What the error says to run makes it one that can be
// built, for the go command as well.
func TestUsedAndRequired(t *testing.T) {
	zips := t.TempDir()
	publishGraphed(t, zips)
	files := strings.Replace(graphed["workspace"], "require example.org/new v1.0.0", "require (\n\texample.com/b v0.0.0\n\texample.org/new v1.0.0\n)", 1)
	source := lay(t, files)
	c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
	try := func() string {
		text, err := c.try("graph", request.Graph{}, in(source, request.Source), out(zips, request.Zips), out(t.TempDir(), request.Out))
		if (err == nil) != (text == "" || !strings.Contains(text, "missing go.sum entry")) {
			t.Errorf("%v: %s", err, text)
		}
		return text
	}
	const advice = "a/go.mod:6:2: example.com/b@v0.0.0: missing go.sum entry for go.mod file; go.work uses the module from a folder, and this version of it is asked for all the same: run `go work edit -replace example.com/b@v0.0.0=./b` in the workspace"
	if text := try(); !strings.Contains(text, advice) {
		t.Fatalf("it says %s", text)
	}
	cmd := exec.CommandContext(t.Context(), "go", "work", "edit", "-replace", "example.com/b@v0.0.0=./b")
	cmd.Dir = source
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	sum(t, source, zips) // which fails without the replacement
	if text := try(); strings.Contains(text, "example.com/b") {
		t.Errorf("after it was followed: %s", text)
	}
}

// TestWorkspaceZipSum: a workspace has no sum of a zip that is needed. The go command would fetch it and write the sum down.
func TestWorkspaceZipSum(t *testing.T) {
	zips, source := t.TempDir(), lay(t, graphed["workspace"])
	publishGraphed(t, zips)
	sum(t, source, zips)
	name := filepath.Join(source, "go.work.sum")
	sums, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lacking := regexp.MustCompile(`(?m)^example.org/old v1.1.0 h1.*\n`).ReplaceAllString(string(sums), "")
	write(t, name, lacking)
	for _, name := range []string{"a/a.go", "b/b.go", "local/local.go"} {
		if err := os.Remove(filepath.Join(source, name)); err != nil {
			t.Fatal(err)
		}
	}
	c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
	chosen, modules := t.TempDir(), t.TempDir()
	c.run("graph", request.Graph{}, in(source, request.Source), out(zips, request.Zips), out(chosen, request.Out))
	c.run("modules", modulesOf(t, source, tableOf(t, source, chosen)), out(zips, request.Zips), out(modules, request.Out))
	b := request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Work: true}
	text, err := c.try("analyze", request.Analyze{Table: tableOf(t, source, chosen),
		Images: []request.Imports{{Build: b, Imports: []string{"example.org/old"}}}},
		append(fetched(modules), in(chosen, request.Graphed), in(source, request.Source), out(t.TempDir(), request.Out), out(t.TempDir(), request.Said))...)
	for _, want := range []string{"go.work.sum: example.org/old@v1.1.0: missing go.sum entry"} {
		if err == nil || !strings.Contains(text, want) {
			t.Errorf("want %q, got %v\n%s", want, err, text)
		}
	}
}

// TestModuleGraphLinks: a module file of the context that leads to a secret is not read, so that no message repeats it.
func TestModuleGraphLinks(t *testing.T) {
	source := lay(t, "-- go.mod --\nmodule example.com/a\n\ngo 1.16\n\nrequire example.org/x v1.0.0\n\nreplace example.org/x => ./x\n-- x/README --\n")
	if err := os.Symlink(request.SecretNetrc, filepath.Join(source, "x/go.mod")); err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir()
	write(t, filepath.Join(secrets, request.IDNetrc), "machine (\nhunter2")
	c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
	text, err := c.try("graph", request.Graph{}, in(source, request.Source), in(secrets, filepath.Dir(request.SecretNetrc)), out(t.TempDir(), request.Out))
	if err == nil || strings.Contains(text, "hunter2") || strings.Contains(text, "machine") {
		t.Errorf("%v\n%s", err, text)
	}
}
