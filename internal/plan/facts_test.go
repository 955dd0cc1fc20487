package plan_test

import (
	"slices"
	"testing"

	"github.com/moby/patternmatcher"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/plan"
)

// TestContextFiles: the patterns match what is copied, and of its neighbours nothing.
func TestContextFiles(t *testing.T) {
	for _, test := range []struct{ from, name, neighbour string }{
		{"LICENSE", "LICENSE", "LICENSE.md"},
		{"config/", "config/a/b", "config.yaml"},
		{"./config", "config/a", "other/config/a"},
		{".", "any/file", ""},
		{"a[1].txt", "a[1].txt", "a1.txt"},
		{"*.txt", "a.txt", "a.md"},
		{"conf/*", "conf/a/b", "config/a"},
		{"[id]/?.js", "[id]/a.js", "i/a.js"},
		{"!x", "!x", "x"},
	} {
		p := &plan.Draft{Runtime: plan.Runtime{Files: []config.Copy{{From: test.from, To: "/x"}}}}
		m, err := patternmatcher.New(p.ContextFiles(""))
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := m.MatchesOrParentMatches(test.name); err != nil || !ok {
			t.Errorf("%s is not sent for %s: %v", test.name, test.from, err)
		}
		if test.neighbour == "" {
			continue
		}
		if ok, err := m.MatchesOrParentMatches(test.neighbour); err != nil || ok {
			t.Errorf("%s is sent for %s: %v", test.neighbour, test.from, err)
		}
	}
}

// TestContexts: of each context that is copied from, its own files are named.
func TestContexts(t *testing.T) {
	d := &plan.Draft{Runtime: plan.Runtime{Files: []config.Copy{
		{From: "a", To: "/a"}, {Context: "ui", From: "dist/*", To: "/srv/"}, {Context: "tools", From: ".", To: "/opt"}, {Context: "ui", From: "b", To: "/b"},
	}}}
	if got := d.Contexts(); !slices.Equal(got, []string{"ui", "tools"}) {
		t.Errorf("the contexts are %q", got)
	}
	for name, want := range map[string][]string{"": {"a"}, "ui": {"b", "dist/*"}, "tools": {"*"}, "other": nil} {
		if got := d.ContextFiles(name); !slices.Equal(got, want) {
			t.Errorf("of %q are copied %q, want %q", name, got, want)
		}
	}
}
