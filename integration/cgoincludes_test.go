//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestCgoIncludes: C finds what it includes by any name, an edit of it makes another program where everything is kept from before, and
// an edit of anything else compiles nothing.
func TestCgoIncludes(t *testing.T) {
	needDebian(t)
	dir := inline(t, testbed.Includes)
	b := build{dir: dir}
	for _, e := range testbed.EditsOfIncludes() {
		edit(t, dir, e.File, e.Text)
		r := client.build(t, b)
		if out, code := runInRoot(t, r.image(t)); strings.TrimSpace(out) != e.Says {
			t.Errorf("after an edit of %s the program exited with %d: %q, want %q", e.File, code, out, e.Says)
		}
		if e.File == "README" {
			r.reused(t, "compile")
		}
	}
}

// TestVendoredHeaders: headers that somebody copied into vendor are taken, an edit of them compiles the package again, and without them
// it is said what go mod vendor leaves out.
func TestVendoredHeaders(t *testing.T) {
	needFull(t)
	needDebian(t)
	dir := inline(t, testbed.Vendored)
	for _, limit := range []string{"64", "65", "64"} {
		edit(t, dir, "vendor/example.com/cquery/parser/include/detail/limits", "#define LIMIT "+limit+"\n")
		r := client.build(t, build{dir: dir})
		if out, code := runInRoot(t, r.image(t)); strings.TrimSpace(out) != "limit "+limit {
			t.Errorf("the program exited with %d: %q, want limit %s", code, out, limit)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "vendor/example.com/cquery/parser/include")); err != nil {
		t.Fatal(err)
	}
	r := client.fail(t, build{dir: dir})
	r.says(t, "cq.h", "vendor/example.com/cquery/parser/parser.go:4", "go mod vendor", "folders without Go files")
	if strings.Contains(r.log, "Debian package") {
		t.Errorf("the error speaks of Debian: %s", r.log)
	}
}

// TestCgoMacroNamesGo: a Go file that C includes by a macro is there, though no package has it, and an edit of it makes another program.
func TestCgoMacroNamesGo(t *testing.T) {
	needFull(t)
	needDebian(t)
	dir := inline(t, `
-- go.mod --
module example.com/macro

go 1.26
-- main.go --
package main

import "example.com/macro/number"

func main() { println(number.Number()) }
-- number/number.go --
package number

// int number(void);
import "C"

func Number() int { return int(C.number()) }
-- number/number.c --
#define package typedef int
#define const static const int
#include "name.h"
#include NAME
int number(void) { return N; }
-- number/name.h --
#define NAME "../level/level.go"
`)
	for _, n := range []string{"1", "2"} {
		edit(t, dir, "level/level.go", "package level;\nconst N = "+n+";\n")
		r := client.build(t, build{dir: dir})
		if out, code := runInRoot(t, r.image(t)); strings.TrimSpace(out) != n {
			t.Errorf("the program exited with %d: %q, want %s", code, out, n)
		}
	}
}
