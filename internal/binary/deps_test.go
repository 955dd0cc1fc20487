package binary_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestDeps compiles a program with a module of its workspace and one that a directory replaces: what needs no network.
func TestDeps(t *testing.T) {
	dir := golden.Parse(t, `
-- go.work --
go 1.26
use ./app
use ./beside
-- app/go.mod --
module example.com/app
go 1.26
require example.com/gone v1.2.3
replace example.com/gone => ../replacement
-- app/main.go --
package main

import (
	"example.com/beside"
	"example.com/gone/sub"
)

func main() { println(beside.Name, sub.Name) }
-- beside/go.mod --
module example.com/beside
go 1.26
-- beside/beside.go --
package beside

var Name = "beside"
-- replacement/go.mod --
module example.com/gone
go 1.26
-- replacement/sub/sub.go --
package sub

var Name = "sub"
`).Dir(t)
	out := filepath.Join(dir, "program")
	env := []string{
		"GOOS=linux", "GOARCH=" + runtime.GOARCH, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=" + filepath.Join(dir, "go.work"),
		"GOPROXY=off", "GOTOOLCHAIN=local",
	}
	run(t, env, "go", "-C", filepath.Join(dir, "app"), "build", "-o", out, ".")
	facts, err := readFile(t, out)
	if err != nil {
		t.Fatal(err)
	}
	want := []binary.Module{
		{Path: "example.com/beside", Version: "(devel)"},
		{Path: "example.com/gone", Version: "v1.2.3", Replace: &binary.Module{Path: "./replacement", Version: "(devel)"}},
	}
	if diff := cmp.Diff(want, facts.Deps); diff != "" {
		t.Errorf("Deps (-want +got):\n%s\n%s", diff, strings.TrimSpace(run(t, nil, "go", "version", "-m", out)))
	}
}
