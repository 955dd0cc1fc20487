package policy

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/rules"
)

// TestChecks: something looks for what breaks each rule for images, and there is no check without a rule.
func TestChecks(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(slices.Values(rules.For(rules.Images).IDs())), slices.Sorted(maps.Keys(checks()))); diff != "" {
		t.Errorf("(-rules +checks):\n%s", diff)
	}
}
