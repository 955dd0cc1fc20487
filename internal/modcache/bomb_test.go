package modcache

import (
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/modproxytest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

var bombed = module.Version{Path: "example.org/m", Version: "v1.0.0"}

// TestSlimBomb: a source file that may be as large as a module is not read into memory.
func TestSlimBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compresses 300 MB")
	}
	for _, file := range []string{"big.go", "big.s"} {
		root := t.TempDir()
		name, err := ZipName(root, bombed)
		if err != nil {
			t.Fatal(err)
		}
		modproxytest.WriteZip(t, bombed, name, file, 300<<20)
		used := testbed.Allocated(func() { err = Slim([]module.Version{bombed}, root) })
		if err != nil || used > 50 {
			t.Errorf("%s: %d MiB, %v", file, used, err)
		}
		if names, _ := zipped(t, name); len(names) != 2 {
			t.Errorf("what was not looked into is not kept: %v", names)
		}
	}
}
