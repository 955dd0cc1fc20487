package llb

import (
	"slices"
	"testing"

	"github.com/modship-build/modship/internal/testing/golden"
)

// TestCompilerIsShared: what a configuration installs comes onto the compiler's root, which is the same vertex whatever that is.
func TestCompilerIsShared(t *testing.T) {
	roots := func(libraries ...string) (root, compiler *vertex) {
		p := readPlan(t, golden.Read(t, "testdata/cgo.txtar"))
		p.Images[0].Cgo.Packages = libraries
		b := newBuild(t)
		last := b.croot(p.Flags, p.Images[0], b.src).root.vertex
		first := last
		if len(libraries) > 0 {
			first = last.op.(step).Root.vertex
		}
		return last, first
	}
	seen := map[string]bool{}
	var shared []string
	for _, libraries := range [][]string{nil, {"libfoo-dev:arm64"}, {"libbar-dev:arm64"}} {
		root, compiler := roots(libraries...)
		if seen[text(root.at("/"))] {
			t.Errorf("with %q the root is that of other packages", libraries)
		}
		seen[text(root.at("/"))] = true
		shared = append(shared, text(compiler.at("/")))
	}
	if slices.Sort(shared); len(slices.Compact(shared)) != 1 {
		t.Errorf("compilers are installed apart:\n%s", shared)
	}
}
