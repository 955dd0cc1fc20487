package step

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
)

// TestStages: the graph runs each step under the name of its stage, which --no-cache-filter takes.
func TestStages(t *testing.T) {
	var stages []string
	for _, s := range request.Stages() {
		stages = append(stages, string(s))
	}
	slices.Sort(stages)
	if diff := cmp.Diff(stages, slices.Sorted(maps.Keys(steps))); diff != "" {
		t.Errorf("(-stages +steps):\n%s", diff)
	}
}
