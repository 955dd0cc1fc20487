package vcs

import (
	"slices"
	"testing"
)

func TestSubmodulePaths(t *testing.T) {
	const text = `[submodule "a"]
	path = third/a
	url = ../a.git
[submodule "out"]
	path = ../out
[submodule "../name"]
	path = third/name
[submodule "again"]
	path = third/a
[submodule "root"]
	path = .
[submodule "b"]
	path = "third/b c"
`
	for prefix, want := range map[string][]string{".": {"third/a", "third/b c"}, "third": {"a", "b c"}, "third/a": nil, "thi": nil} {
		if got, err := SubmodulePaths([]byte(text), prefix); err != nil || !slices.Equal(got, want) {
			t.Errorf("below %s: got %q, %v, want %q", prefix, got, err, want)
		}
	}
	if _, err := SubmodulePaths([]byte("[submodule"), "."); err == nil {
		t.Error("half a section passes")
	}
}
