//go:build linux

package integration

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/request"
)

// TestBump: a new version of one module has no module of another part fetched and verified again, and no license looked at that was
// known before.
func TestBump(t *testing.T) {
	const one, two = "parts.example/one", "parts.example/two"
	if request.ModulePart(one) == request.ModulePart(two) {
		t.Fatal("both modules are in one part: the test proves nothing")
	}
	const license = "-- LICENSE --\nnot one that is known\n"
	handlers, sums := map[string]http.HandlerFunc{}, map[string]string{}
	for name, text := range map[string]string{one + "@v1.0.0": "one", one + "@v1.1.0": "newer one", two + "@v1.0.0": "two"} {
		path, version, _ := strings.Cut(name, "@")
		m := newPrivateModule(t, path, version, license+"-- go.mod --\nmodule "+path+"\n\ngo 1.26\n-- text.go --\npackage text\n\nconst Text = \""+text+"\"\n")
		maps.Copy(handlers, m.handlers)
		sums[name] = m.sums
	}
	server := httptest.NewServer(goProxy(t, handlers))
	defer server.Close()
	dir := inline(t, `
-- main.go --
package main

import (
	one "parts.example/one"
	two "parts.example/two"
)

func main() { println(one.Text, two.Text) }
`)
	require := func(version string) result {
		t.Helper()
		edit(t, dir, "go.mod", "module parts.example/app\n\ngo 1.26\n\nrequire (\n\tparts.example/one "+version+"\n\tparts.example/two v1.0.0\n)\n")
		edit(t, dir, "go.sum", sums[one+"@"+version]+sums[two+"@v1.0.0"])
		return client.build(t, build{dir: dir, args: []string{"GOPROXY=" + server.URL, "GONOPROXY=none", "GOPRIVATE=parts.example"}})
	}
	before := require("v1.0.0")
	if got := len(before.ran("modules")); got != 2 {
		t.Errorf("modules were fetched in %d parts, want 2", got)
	}
	before.executed(t, "licenses")
	after := require("v1.1.0")
	if got := len(after.ran("modules")); got != 1 {
		t.Errorf("after the bump modules were fetched in %d parts, want 1", got)
	}
	after.reused(t, "licenses")
	after.runs(t, "newer one two")
}

// TestReplacedVersion: a module in whose place go.mod takes another is verified as any, also where it is the only one that is required.
func TestReplacedVersion(t *testing.T) {
	m := newPrivateModule(t, "instead.example/other", "v1.2.0", "-- go.mod --\nmodule instead.example/other\n\ngo 1.26\n-- text.go --\npackage other\n\nconst Text = \"instead\"\n")
	server := httptest.NewServer(goProxy(t, m.handlers))
	defer server.Close()
	dir := inline(t, `
-- go.mod --
module instead.example/app

go 1.26

require instead.example/one v1.0.0

replace instead.example/one => instead.example/other v1.2.0
-- main.go --
package main

import "instead.example/one"

func main() { println(other.Text) }
`)
	edit(t, dir, "go.sum", m.sums)
	client.build(t, build{dir: dir, args: []string{"GOPROXY=" + server.URL, "GONOPROXY=none", "GOPRIVATE=instead.example"}}).runs(t, "instead\n")
}
