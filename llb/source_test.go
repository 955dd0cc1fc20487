package llb

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
)

// FuzzOnly: the patterns of a copy match the files that were named, and no other.
func FuzzOnly(f *testing.F) {
	f.Add("main.go", "main_test.go")
	f.Add("lib/[odd].go", "lib/o.go")
	f.Add("a*.go", "ab.go")
	f.Add(`a\b.go`, "ab.go")
	f.Add("a?.go", "ab.go")
	f.Add("{a}$(1).go", "a.go")
	f.Add("!a.go", "a.go")
	f.Add("[!|].go", "0")
	f.Add("^a[b]c.go", "a[b]c.go")
	f.Fuzz(func(t *testing.T, name, other string) {
		if !plain(name) || !plain(other) {
			t.Skip("no name of a file in a context")
		}
		m, err := patternmatcher.New(only(Tree{}, []string{name}).Include)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if ok, err := m.MatchesOrParentMatches(name); err != nil || !ok {
			t.Errorf("%q does not match itself: %v", name, err)
		}
		if ok, err := m.MatchesOrParentMatches(other); err != nil || ok != (other == name || below(other, name)) {
			t.Errorf("%q matches %q: %t, %v", name, other, ok, err)
		}
	})
}

// plain tells names as scan gives them: go/build and the module's own rules leave no other.
func plain(name string) bool {
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return false
		}
	}
	return fs.ValidPath(name) && name != "." && strings.TrimSpace(name) == name
}

func below(name, dir string) bool { return strings.HasPrefix(name, dir+"/") }
