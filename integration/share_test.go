//go:build linux

package integration

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestModesShareWork builds through `# syntax=` what `modship build` built before: nothing may run twice, although one step's
// program comes from the client and the other's from the frontend image.
func TestModesShareWork(t *testing.T) {
	setUp(t)
	dir := example(t, "web")
	// A name of its own, or what is shared is what another test has built in both ways.
	goMod := string(readFile(t, filepath.Join(dir, "go.mod")))
	edit(t, dir, "go.mod", strings.Replace(goMod, "module example.com/web\n", "module example.com/shared\n", 1))
	first := client.build(t, build{dir: dir})
	first.executed(t, "compile")
	second := syntax.build(t, build{dir: dir})
	second.reused(t, "resolve", "toolchain", "modules", "scan", "analyze", "deps", "compile", "rootfs")
	if len(second.vertices()) == 0 {
		t.Errorf("no steps in the log:\n%s", second.log)
	}
	if a, b := digestOf(t, first), digestOf(t, second); a != b {
		t.Errorf("the images are %s and %s", a, b)
	}
}
