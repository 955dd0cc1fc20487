package gomod_test

import (
	"testing"

	"github.com/modship-build/modship/internal/gomod"
)

func TestOnlyVersions(t *testing.T) {
	const before = "module example.com/m\n\ngo 1.26\n\nrequire example.org/a v1.0.0\n\nreplace example.org/b => ./b\n"
	for after, want := range map[string]bool{
		before: true,
		"module example.com/m\n\ngo 1.26\n\nrequire (\n\texample.org/a v1.1.0 // indirect\n\texample.org/c v1.0.0\n)\n\nreplace example.org/b => ./b\n": true,
		"// A comment.\nmodule example.com/m\n\ngo 1.26\n\nreplace (\n\texample.org/b => ./b\n)\n":                                                      true,
		"module example.com/m\n\ngo 1.26\n":                                                     false,
		"module example.com/m\n\ngo 1.25\n\nreplace example.org/b => ./b\n":                     false,
		"module example.com/m\n\ngo 1.26\n\ntoolchain go1.26.1\n\nreplace example.org/b => ./b": false,
		"module example.com/m\n\ngo 1.26\n\nreplace example.org/b => ./c\n":                     false,
		"module example.com/other\n\ngo 1.26\n\nreplace example.org/b => ./b\n":                 false,
		"modul example.com/m\n": false,
		"":                      false,
	} {
		if got := gomod.OnlyVersions([]byte(before), []byte(after)); got != want {
			t.Errorf("%q: %t, want %t", after, got, want)
		}
		if got := gomod.OnlyVersions([]byte(after), []byte(before)); got != want {
			t.Errorf("from %q: %t, want %t", after, got, want)
		}
	}
}
