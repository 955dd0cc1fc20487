package step

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/llb"
)

// TestStages: the graph runs each step under the name of its stage, which --no-cache-filter takes.
func TestStages(t *testing.T) {
	var stages []string
	for _, s := range llb.Stages() {
		stages = append(stages, string(s))
	}
	slices.Sort(stages)
	if diff := cmp.Diff(stages, slices.Sorted(maps.Keys(steps))); diff != "" {
		t.Errorf("(-stages +steps):\n%s", diff)
	}
}
