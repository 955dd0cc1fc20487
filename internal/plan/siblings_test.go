package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestSiblingsShare: whichever of the targets that are compiled alike is built, with one program or with several, the layers are of the same.
func TestSiblingsShare(t *testing.T) {
	a := golden.Read(t, "testdata/siblings.txtar")
	shared := map[string][]*plan.Shared{}
	for _, target := range []string{"a", "b", "several", "several-again", "several-pgo"} {
		fsys := a.FS()
		fsys["request.json"].Data = []byte(`{"target": "` + target + `", "build": "linux/amd64", "platforms": ["linux/arm64", "linux/arm/v7"]}`)
		p, _, err := makePlan(t, fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, img := range p.Images {
			shared[target] = append(shared[target], img.Shared)
		}
	}
	for _, target := range []string{"b", "several", "several-again"} {
		if diff := cmp.Diff(shared["a"], shared[target]); diff != "" {
			t.Errorf("of a and of %s (-a +%[1]s):\n%s", target, diff)
		}
	}
	for _, s := range shared["several-pgo"] {
		if s != nil {
			t.Errorf("what is compiled with a profile is shared: %+v", s)
		}
	}
}
