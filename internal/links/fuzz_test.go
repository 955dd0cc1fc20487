package links_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/links"
)

// FuzzFind: whatever links say, a name leads to a path of the tree that has no link in it, or to an error, and what is missing is a path of
// the tree as well.
func FuzzFind(f *testing.F) {
	f.Add("a/b", "../c", "c", "d/..", "a/b")
	f.Add("l", ".", "m", "l/l/m", "m")
	f.Add("x", "../../y", "y", "/etc/passwd", "x")
	f.Add("x", "x", "y", "", "x/y")
	f.Add("x", "nowhere/../y", "y", "\x00", "x")
	f.Fuzz(func(t *testing.T, link1, target1, link2, target2, name string) {
		fsys := fstest.MapFS{"file": {}, "folder/file": {}}
		for _, l := range [][2]string{{link1, target1}, {link2, target2}} {
			if fs.ValidPath(l[0]) && !strings.HasPrefix(l[0], "fi") && l[0] != "." {
				fsys[l[0]] = &fstest.MapFile{Data: []byte(l[1]), Mode: fs.ModeSymlink}
			}
		}
		tree := links.New(fsys)
		place, err := tree.Find(name)
		for _, p := range slices.Concat(tree.Missing(), tree.Followed()) {
			if !fs.ValidPath(p) {
				t.Errorf("%q is no path below the root", p)
			}
		}
		if err != nil {
			return
		}
		if !fs.ValidPath(place.Path) || place.Type&fs.ModeSymlink != 0 {
			t.Fatalf("%q leads to %q, of type %v", name, place.Path, place.Type)
		}
		again, err := tree.Find(place.Path)
		if err != nil || again.Path != place.Path || len(again.Links) > 0 {
			t.Errorf("%q leads to %q, and that to %q by %q (%v)", name, place.Path, again.Path, again.Links, err)
		}
	})
}
