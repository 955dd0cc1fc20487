package frontend

import (
	"testing"

	"github.com/moby/patternmatcher"
)

func matches(t *testing.T, patterns []string, name string) bool {
	t.Helper()
	m, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	ok, err := m.MatchesOrParentMatches(name)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// TestGoPatterns: every kind of file that go/build reads (go/build, Package) is sent, and nothing that an edit of must not
// transfer.
func TestGoPatterns(t *testing.T) {
	for _, name := range []string{
		"main.go", "a.c", "a.cc", "a.cpp", "a.cxx", "a.m", "a.h", "a.hh", "a.hpp", "a.hxx", "a.f", "a.F", "a.for", "a.f90",
		"a.s", "a.S", "a.sx", "a.swig", "a.swigcxx", "a.syso", "a.inc", "default.pgo", "go.mod",
	} {
		for _, dir := range []string{"", "cmd/deep/er/"} {
			if !matches(t, goPatterns(""), dir+name) {
				t.Errorf("%s is not sent", dir+name)
			}
		}
	}
	for _, name := range []string{"README.md", "static/index.html", "app.yaml", ".git/config", "main.go.bak", "cmd/go", "go.sum"} {
		if matches(t, goPatterns(""), name) {
			t.Errorf("%s is sent", name)
		}
	}
}

func TestModPatterns(t *testing.T) {
	for name, want := range map[string]bool{
		"go.mod": true, "go.sum": true, "go.work": true, "go.work.sum": true, "lib/go.mod": true, "a/b/go.sum": true,
		"vendor/modules.txt": true, "vendor/a/a.go": false, "vendor": true, "vendor/a": false, "vendor/a/go.mod": true, "main.go": false, "lib/go.work": false, "go.modx": false,
	} {
		if got := matches(t, modPatterns(""), name); got != want {
			t.Errorf("%s is sent: %t", name, got)
		}
	}
}
