package llb

import (
	"testing"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestSharedWithSeveral: an image of several programs has the same vertices as the others of a configuration, but for that which links.
func TestSharedWithSeveral(t *testing.T) {
	one := readPlan(t, golden.Read(t, "testdata/shared.txtar"))
	several := readPlan(t, golden.Read(t, "testdata/shared.txtar"))
	several.Main = plan.Main{ImportPath: "example.com/app/cmd/b", Dir: "cmd/b", Name: "b"}
	several.Beside = []plan.Main{one.Main}
	imports := several.Images[0].Shared.Programs
	for _, p := range []*plan.Plan{one, several} {
		p.Images[0].Shared.Programs[several.Joined()] = append(imports["example.com/app"], imports["example.com/app/cmd/b"]...)
	}
	b := newBuild(t)
	stages := map[request.Stage]int{}
	var trees []Tree
	for _, p := range []*plan.Plan{one, several} {
		for _, image := range b.Graph(p, b.src) {
			trees = append(trees, image.Rootfs)
		}
	}
	for _, v := range verticesOf(trees...) {
		if s, ok := v.op.(step); ok {
			stages[s.Stage]++
		}
	}
	if stages[request.StageAnalyze] != 1 || stages[request.StageDeps] != 2 || stages[request.StageCompile] != 2 {
		t.Errorf("of each stage there are %v", stages)
	}
}
