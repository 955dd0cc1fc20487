//go:build linux

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// behindLinks is a module whose C has its headers in folders that links lead to.
const behindLinks = `
-- go.mod --
module example.com/linked

go 1.26
-- main.go --
package main

import (
	"fmt"

	"example.com/linked/c"
)

func main() { fmt.Println(c.Near(), c.Far(), c.Up()) }
-- c/c.go --
package c

// #cgo CFLAGS: -I${SRCDIR}/inc
// #include <near.h>
// #include "deep/far"
// #include "deep/../up"
import "C"

func Near() int { return int(C.NEAR) }
func Far() int  { return int(C.FAR) }
func Up() int   { return int(C.UP) }
-- real/headers/near.h --
#define NEAR 1
-- real/odd/far --
#define FAR 1
-- real/up --
#define UP 1
`

// TestCgoLinkedFolders: a folder of headers may be a link, of a link too, as with the go command; an edit behind it is in the program; and
// a link out of the build context is refused by its name.
func TestCgoLinkedFolders(t *testing.T) {
	needFull(t)
	needDebian(t)
	dir := inline(t, behindLinks)
	link := func(name, target string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(os.RemoveAll(name), os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("middle", "real/headers")
	link("c/inc", "../middle")
	link("c/deep", "../real/odd")
	for _, e := range []struct{ file, text, says string }{
		{"real/headers/near.h", "#define NEAR 1\n", "1 1 1"},
		{"real/headers/near.h", "#define NEAR 2\n", "2 1 1"},
		{"real/odd/far", "#define FAR 2\n", "2 2 1"},
		{"real/up", "#define UP 2\n", "2 2 2"},
	} {
		edit(t, dir, e.file, e.text)
		r := client.build(t, build{dir: dir})
		if out, code := runInRoot(t, r.image(t)); strings.TrimSpace(out) != e.says {
			t.Errorf("after an edit of %s the program exited with %d: %q, want %q", e.file, code, out, e.says)
		}
	}
	link("middle", "/usr/include")
	r := client.fail(t, build{dir: dir})
	r.says(t, "middle", `the symbolic link leads to "/usr/include"`, "outside of the build context")
}
