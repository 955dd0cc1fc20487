package modcache

import (
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestWhole extracts for another platform than what is looked for then, as if Extract had guessed wrong.
func TestWhole(t *testing.T) {
	w := newWorld(t)
	from, root := t.TempDir(), t.TempDir()
	w.fetch(t, w.list(), from)
	wanted := Imports{Paths: []string{"example.org/log"}, Context: build.Context{GOOS: "linux", GOARCH: "arm64", Compiler: "gc"}}
	if err := Extract(zipsIn(t, from, root), w.all().Modules, root, wanted); err != nil {
		t.Fatal(err)
	}
	before := testbed.Files(t, root)
	missed := filepath.Join(root, "example.org/win@v1.0.0/win.go")
	if _, err := os.Stat(missed); err == nil {
		t.Fatal("nothing was missed")
	}
	for _, failed := range [][]string{nil, {"example.org/absent"}, {"example.org/log/absent", "example.org/logx"}} {
		if wrote, err := Whole(zipsIn(t, from, root), w.all().Modules, root, failed); wrote || err != nil {
			t.Errorf("for %q: %t, %v", failed, wrote, err)
		}
	}
	if diff := cmp.Diff(before, testbed.Files(t, root)); diff != "" {
		t.Errorf("for packages that no module has (-want +got):\n%s", diff)
	}
	if wrote, err := Whole(zipsIn(t, from, root), w.all().Modules, root, []string{"example.org/absent", "example.org/win"}); !wrote || err != nil {
		t.Errorf("for a package of a module: %t, %v", wrote, err)
	}
	var got []string
	for _, name := range []string{"!c@v1.0.0", "log/sub@v0.1.0", "log@v1.0.0", "none@v1.0.0", "win@v1.0.0"} {
		got = append(got, testbed.Files(t, filepath.Join(root, "example.org", name))...)
	}
	for _, name := range []string{"win.go", "none.go", "log_test.go", "unused/unused.go", "include/deep/c.h"} {
		if !slices.Contains(got, name) {
			t.Errorf("%s was not written", name)
		}
	}
}
