package gomod

import (
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// TestGraphLimit: the go.mod files of a build list have a limit together.
func TestGraphLimit(t *testing.T) {
	for size, ok := range map[int]bool{256 << 20: true, 256<<20 + 1: false} {
		g := &graph{size: size - 10, nodes: map[module.Version]*node{}}
		err := g.add(module.Version{Path: "example.org/m", Version: "v1.0.0"}, &modfile.File{}, 10)
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "more than the 268435456 bytes allowed") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
