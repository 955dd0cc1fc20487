package gomod_test

import (
	"testing"

	"github.com/distribution/reference"

	"github.com/modship-build/modship/internal/gomod"
)

// TestContextName: a module has a name that every client takes, and that is its path wherever it can be.
func TestContextName(t *testing.T) {
	for path, want := range map[string]string{
		"example.com/lib":               "example.com/lib",
		"example.com/lib/v2":            "example.com/lib/v2",
		"lib":                           "lib",
		"corp/some-lib":                 "corp/some-lib",
		"example.com/a__b/c--d":         "example.com/a__b/c--d",
		"gopkg.in/yaml.v3":              "gopkg.in/yaml.v3",
		"github.com/BurntSushi/toml":    "github.com/burntsushi/toml",
		"git.sr.ht/~user/lib":           "git.sr.ht/user/lib",
		"example.com/a+b":               "example.com/a-b",
		"example.com/_x/y_":             "example.com/x/y",
		"example.com/a-_b/c..d/e___f/g": "example.com/a-b/c-d/e-f/g",
	} {
		got := gomod.ContextName(path)
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		if _, err := reference.ParseNormalizedNamed(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}
