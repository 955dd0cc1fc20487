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
	got, err := SubmodulePaths([]byte(text))
	if want := []string{"third/a", "third/b c"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := SubmodulePaths([]byte("[submodule")); err == nil {
		t.Error("half a section passes")
	}
}
