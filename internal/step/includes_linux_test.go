package step

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// compiler gives the mounts and the request of the machine's own compiler of C.
func compiler(t *testing.T) ([]mount, request.Build) {
	t.Helper()
	if _, err := exec.LookPath("/usr/bin/gcc"); err != nil {
		testbed.Missing(t, "gcc")
	}
	var mounts []mount
	for _, dir := range []string{"usr", "lib", "lib64", "bin", "etc/alternatives"} {
		if exists("/" + dir) {
			mounts = append(mounts, in("/"+dir, dir))
		}
	}
	return mounts, request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Cgo: &request.Cgo{Tools: ctoolchain.Tools{CC: "gcc", CXX: "g++"}}}
}

// TestIncludesOfC: C finds what it includes by any name, and an edit of it is in the program, where objects of earlier builds are kept.
func TestIncludesOfC(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the runtime")
	}
	machine, b := compiler(t)
	c := container{t: t, env: []string{"GOPROXY=off"}}
	source := lay(t, testbed.Includes)
	cache, kept := t.TempDir(), t.TempDir()
	c.run("deps", request.Deps{Build: b, Imports: []string{"embed", "fmt", "runtime/cgo", "strings", "syscall"}}, append(machine,
		in(partOf(t, source, func(name string) bool { return name == "go.mod" }), request.Source),
		out(t.TempDir(), request.ModCache), out(cache, request.GoCache))...)
	compiled := ""
	build := func() string {
		included, said := t.TempDir(), t.TempDir()
		own := partOf(t, source, func(name string) bool {
			return gofiles.Listed(name) || name == "go.mod" || name == "assets/payload.txt"
		})
		c.run("includes", request.Includes{Sources: testbed.SourcesOfIncludes()}, in(own, path.Join(request.Source, request.PartGo)),
			in(source, path.Join(request.Source, request.PartC)), out(included, request.Out), out(said, request.Said))
		if exists(filepath.Join(included, "README")) {
			t.Error("README is taken for C")
		}
		program := t.TempDir()
		compiled = c.run("compile", request.Compile{Build: b, Main: "example.com/odd", Path: "app"}, append(machine, in(own, request.Source),
			in(included, request.Included), out(t.TempDir(), request.ModCache), out(copied(t, cache), request.GoCache), out(kept, request.KeptCache),
			out(program, request.Out), out(t.TempDir(), request.Said))...)
		text, err := exec.CommandContext(t.Context(), filepath.Join(program, "app")).CombinedOutput()
		if err != nil {
			t.Errorf("running the program: %v", err)
		}
		return strings.TrimSpace(string(text))
	}
	for _, e := range testbed.EditsOfIncludes() {
		write(t, filepath.Join(source, e.File), e.Text)
		if got := build(); got != e.Says {
			t.Errorf("after an edit of %s the program says %q, want %q", e.File, got, e.Says)
		}
		if e.File == "README" && strings.Contains(compiled, "example.com/odd/vec\n") {
			t.Errorf("after an edit of %s C is compiled again: %s", e.File, compiled)
		}
		if strings.Contains(compiled, "example.com/odd/assets\n") != (e.File == "assets/payload.txt" || e.File == "vec/binary.h") {
			t.Errorf("after an edit of %s packages of Go are compiled: %s", e.File, compiled)
		}
	}
}

// TestVendoredIncludes: a vendored package is compiled anew when a header changes that cmd/go does not look at, and does not come from
// what is kept when it is gone; and it is said what go mod vendor leaves out.
func TestVendoredIncludes(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the runtime")
	}
	machine, b := compiler(t)
	b.Vendor = true
	c := container{t: t, env: []string{"GOPROXY=off"}}
	source, kept := lay(t, testbed.Vendored), t.TempDir()
	folder := filepath.Join(source, "vendor/example.com/cquery/parser/include")
	deps := func() (string, error) {
		return c.try("deps", request.Deps{Build: b, Imports: []string{"example.com/cquery/parser"}}, append(machine,
			in(partOf(t, source, func(name string) bool { return name == "go.mod" || name == "vendor/modules.txt" }), request.Source),
			in(filepath.Join(source, "vendor"), request.Vendor), out(t.TempDir(), request.GoCache), out(kept, request.KeptCache))...)
	}
	for _, e := range []struct {
		limit    string
		compiled bool
	}{{"64", true}, {"64", false}, {"65", true}, {"64", false}} {
		write(t, filepath.Join(folder, "detail/limits"), "#define LIMIT "+e.limit+"\n")
		said, err := deps()
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		if got := strings.Contains(said, "example.com/cquery/parser\n"); got != e.compiled {
			t.Errorf("with the limit %s the package is compiled: %t, want %t\n%s", e.limit, got, e.compiled, said)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	said, err := deps()
	if err == nil || !strings.Contains(said, "go mod vendor leaves out folders without Go files") ||
		!strings.Contains(said, `vendor/example.com/cquery/parser/parser.go:4 includes "cq.h"`) || strings.Contains(said, "Debian package") {
		t.Errorf("without the headers: %v\n%s", err, said)
	}
}

// partOf copies the files of a tree that wanted names, and gives the copy.
func partOf(t *testing.T, root string, wanted func(name string) bool) string {
	t.Helper()
	part := t.TempDir()
	files, err := filesBelow(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if wanted(name) {
			if err := copyFile(filepath.Join(root, name), filepath.Join(part, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return part
}
