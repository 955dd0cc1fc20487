package annotate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modship-build/modship/internal/image"
)

// agreed gives what all images say, and warns of what differs: the flags of other builders have one value for all platforms.
func (m *module) agreed(what string, all []map[string]string) map[string]string {
	if len(all) == 1 {
		return all[0]
	}
	common := image.IndexAnnotations(all)
	named := map[string]bool{}
	for _, said := range all {
		for key := range said {
			_, same := common[key]
			named[key] = named[key] || !same
		}
	}
	for _, key := range slices.Sorted(maps.Keys(named)) {
		if named[key] {
			m.warnf("the %s %s is not the same on all platforms and is left out: ask for one with --platform", what, key)
		}
	}
	return common
}

func (m *module) warnf(format string, args ...any) {
	m.warnings = append(m.warnings, fmt.Sprintf(format, args...))
}
