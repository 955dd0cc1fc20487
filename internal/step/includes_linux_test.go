package step

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/filekind"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testbed"
)

// withC is a module whose C++ reads files of names that say nothing: a header without extension, one of templates, a table, data of the
// assembler, and a file that another package embeds.
const withC = `
-- go.mod --
module example.com/odd

go 1.26
-- main.go --
package main

import (
	"example.com/odd/assets"
	"example.com/odd/vec"
)

func main() { print(vec.Sum(), " ", vec.Gain(), " ", vec.Blob(), " ", vec.Shared(), " ", assets.Text) }
-- assets/assets.go --
package assets

import _ "embed"

//go:embed payload.txt
var Text string
-- assets/payload.txt --
1
-- vec/vec.go --
package vec

// #cgo CPPFLAGS: -I${SRCDIR}/../third_party/tiny
// #include "vec.h"
import "C"

func Sum() int    { return int(C.vec_sum()) }
func Gain() int   { return int(C.vec_gain()) }
func Blob() int   { return int(C.vec_blob()) }
func Shared() int { return int(C.vec_shared()) }
-- vec/vec.h --
int vec_sum(void), vec_gain(void), vec_blob(void), vec_shared(void);
-- vec/vec.c --
#include "vec.h"
#include <Tiny/Vec>
static const int gains[] = {
#include "gains.tbl"
};
static const int shared[] = {
#include "../assets/payload.txt"
};
__asm__(".section .rodata\n"
    "blob_start: .incbin \"blob.bin\"\n"
    "blob_end: .byte 0\n"
    ".previous\n");
extern const char blob_start[] __asm__("blob_start");
extern const char blob_end[] __asm__("blob_end");
int vec_sum(void) { return SUM(1, 2, 3); }
int vec_gain(void) { return gains[1]; }
int vec_blob(void) { return (int)(blob_end - blob_start); }
int vec_shared(void) { return shared[0]; }
-- vec/gains.tbl --
5,
7,
-- vec/blob.bin --
abcd
-- third_party/tiny/Tiny/Vec --
#include "src/Vec.tpp"
-- third_party/tiny/Tiny/src/Vec.tpp --
#define SUM(a, b, c) (a + b + c)
-- README --
one
`

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
	return mounts, request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Cgo: &request.Cgo{Tools: target.Tools{CC: "gcc", CXX: "g++"}}}
}

// TestIncludesOfC: C finds what it includes by any name, and an edit of it is in the program, where objects of earlier builds are kept.
func TestIncludesOfC(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the runtime")
	}
	machine, b := compiler(t)
	c := container{t: t, env: []string{"GOPROXY=off"}}
	source := lay(t, withC)
	cache, kept := t.TempDir(), t.TempDir()
	c.run("deps", request.Deps{Build: b, Imports: []string{"embed", "runtime/cgo", "syscall"}}, append(machine,
		in(partOf(t, source, func(name string) bool { return name == "go.mod" }), request.Source),
		out(t.TempDir(), request.ModCache), out(cache, request.GoCache))...)
	compiled := ""
	build := func() string {
		included, said := t.TempDir(), t.TempDir()
		own := partOf(t, source, func(name string) bool {
			return filekind.Listed(name) || name == "go.mod" || name == "assets/payload.txt"
		})
		c.run("includes", request.Includes{Sources: []string{"vec/vec.go", "vec/vec.c", "vec/vec.h"}}, in(own, path.Join(request.Source, request.PartGo)),
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
	for _, e := range []struct{ file, text, says string }{
		{"README", "one\n", "6 7 5 1 1"},
		{"vec/gains.tbl", "5,\n8,\n", "6 8 5 1 1"},
		{"third_party/tiny/Tiny/Vec", "#include \"src/Vec.tpp\"\n#undef SUM\n#define SUM(a, b, c) (a * b * c + 1)\n", "7 8 5 1 1"},
		{"third_party/tiny/Tiny/Vec", "#include \"src/Vec.tpp\"\n", "6 8 5 1 1"},
		{"third_party/tiny/Tiny/src/Vec.tpp", "#define SUM(a, b, c) (a + b + c + 2)\n", "8 8 5 1 1"},
		{"vec/blob.bin", "ab\n", "8 8 3 1 1"},
		{"assets/payload.txt", "2\n", "8 8 3 2 2"},
		{"README", "two\n", "8 8 3 2 2"},
	} {
		write(t, filepath.Join(source, e.file), e.text)
		if got := build(); got != e.says {
			t.Errorf("after an edit of %s the program says %q, want %q", e.file, got, e.says)
		}
		if e.text == "two\n" && strings.Contains(compiled, "example.com/odd/vec\n") {
			t.Errorf("after an edit of %s, C is compiled again: %s", e.file, compiled)
		}
	}
}

// vendoredC is a module whose vendored dependency has headers that somebody copied there.
const vendoredC = `
-- go.mod --
module example.com/app

go 1.26

require example.com/cquery v1.0.0
-- vendor/modules.txt --
# example.com/cquery v1.0.0
## explicit; go 1.21
example.com/cquery/parser
-- vendor/example.com/cquery/parser/parser.go --
package parser

// #cgo CFLAGS: -I${SRCDIR}/include
// #include "cq.h"
import "C"

func Limit() int { return int(C.cq_limit()) }
-- vendor/example.com/cquery/parser/cq.c --
#include "cq.h"
#include "detail/limits"
int cq_limit(void) { return LIMIT; }
-- vendor/example.com/cquery/parser/include/cq.h --
int cq_limit(void);
-- vendor/example.com/cquery/parser/include/detail/limits --
#define LIMIT 64
`

// TestVendoredIncludes: a vendored package is compiled anew when a header changes that cmd/go does not look at, and does not come from
// what is kept when it is gone; and it is said what go mod vendor leaves out.
func TestVendoredIncludes(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the runtime")
	}
	machine, b := compiler(t)
	b.Vendor = true
	c := container{t: t, env: []string{"GOPROXY=off"}}
	source, kept := lay(t, vendoredC), t.TempDir()
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
