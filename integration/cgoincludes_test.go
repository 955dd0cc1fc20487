//go:build linux

package integration

import (
	"strings"
	"testing"
)

// oddIncludes is a module whose C++ reads files of names that say nothing: a header without extension, one of templates, a table, data
// of the assembler, and a file that another package embeds.
const oddIncludes = `
-- go.mod --
module example.com/odd

go 1.26
-- main.go --
package main

import (
	"fmt"

	"example.com/odd/assets"
	"example.com/odd/vec"
)

func main() { fmt.Println("sum", vec.Sum(), "gain", vec.Gain(), "blob", vec.Blob(), "shared", vec.Shared(), assets.Text) }
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
#ifdef __cplusplus
extern "C" {
#endif
int vec_sum(void), vec_gain(void), vec_blob(void), vec_shared(void);
#ifdef __cplusplus
}
#endif
-- vec/vec.cpp --
#include "vec.h"
#include <Tiny/Vec>
static const int gains[] = {
#include "gains.tbl"
};
static const int shared[] = {
#include "../assets/payload.txt"
};
asm(".section .rodata\n"
    "blob_start: .incbin \"blob.bin\"\n"
    "blob_end: .byte 0\n"
    ".previous\n");
extern const char blob_start[] asm("blob_start");
extern const char blob_end[] asm("blob_end");
int vec_sum(void) { return tiny::sum(1, 2, 3); }
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
namespace tiny {
inline int sum(int a, int b, int c) { return a + b + c; }
}
-- README --
one
`

// TestCgoIncludes: C finds what it includes by any name, an edit of it makes another program where everything is kept from before, and
// an edit of anything else compiles nothing.
func TestCgoIncludes(t *testing.T) {
	needDebian(t)
	dir := inline(t, oddIncludes)
	b := build{dir: dir}
	for i, e := range []struct{ file, text, says string }{
		{"README", "one\n", "sum 6 gain 7 blob 5 shared 1 1"},
		{"vec/gains.tbl", "5,\n8,\n", "sum 6 gain 8 blob 5 shared 1 1"},
		{"third_party/tiny/Tiny/Vec", "#include \"src/Vec.tpp\"\n#define sum(a, b, c) sum(a, b, c + 1)\n", "sum 7 gain 8 blob 5 shared 1 1"},
		{"third_party/tiny/Tiny/src/Vec.tpp", "namespace tiny {\ninline int sum(int a, int b, int c) { return a * b * c; }\n}\n", "sum 8 gain 8 blob 5 shared 1 1"},
		{"vec/blob.bin", "ab\n", "sum 8 gain 8 blob 3 shared 1 1"},
		{"assets/payload.txt", "2\n", "sum 8 gain 8 blob 3 shared 2 2"},
		{"README", "two\n", "sum 8 gain 8 blob 3 shared 2 2"},
	} {
		edit(t, dir, e.file, e.text)
		r := client.build(t, b)
		if out, code := runInRoot(t, r.image(t)); strings.TrimSpace(out) != e.says {
			t.Errorf("after an edit of %s the program exited with %d: %q, want %q", e.file, code, out, e.says)
		}
		if i > 0 && e.file == "README" {
			r.reused(t, "compile")
		}
	}
}

// vendoredHeaders is a module that go mod vendor left without the folder of headers, as it has no Go file.
const vendoredHeaders = `
-- go.mod --
module example.com/app

go 1.26

require example.com/cquery v1.0.0
-- main.go --
package main

import "example.com/cquery/parser"

func main() { println("limit", parser.Limit()) }
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
`

const copiedHeaders = `
-- vendor/example.com/cquery/parser/include/cq.h --
int cq_limit(void);
-- vendor/example.com/cquery/parser/include/detail/limits --
#define LIMIT 64
`

// TestVendoredHeaders: headers that somebody copied into vendor are taken, an edit of them compiles the package again, and without them
// it is said what go mod vendor leaves out.
func TestVendoredHeaders(t *testing.T) {
	needDebian(t)
	dir := inline(t, vendoredHeaders+copiedHeaders)
	for _, limit := range []string{"64", "65", "64"} {
		edit(t, dir, "vendor/example.com/cquery/parser/include/detail/limits", "#define LIMIT "+limit+"\n")
		r := client.build(t, build{dir: dir})
		if out, code := runInRoot(t, r.image(t)); strings.TrimSpace(out) != "limit "+limit {
			t.Errorf("the program exited with %d: %q, want limit %s", code, out, limit)
		}
	}
	r := client.fail(t, build{dir: inline(t, vendoredHeaders)})
	r.says(t, "cq.h", "vendor/example.com/cquery/parser/parser.go:4", "go mod vendor", "folders without Go files")
	if strings.Contains(r.log, "Debian package") {
		t.Errorf("the error speaks of Debian: %s", r.log)
	}
}
