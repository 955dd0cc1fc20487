package forges_test

import (
	"testing"

	"github.com/modship-build/modship/internal/forges"
)

func TestPaths(t *testing.T) {
	for path, want := range map[string]struct{ owner, repository string }{
		"github.com/a/b":         {"github.com/a", "github.com/a/b"},
		"github.com/a/b/v2":      {"github.com/a", "github.com/a/b"},
		"github.com/a/b/sub/v10": {"github.com/a", "github.com/a/b"},
		"bitbucket.org/a/b":      {"bitbucket.org/a", "bitbucket.org/a/b"},
		"codeberg.org/a/b":       {"codeberg.org/a", "codeberg.org/a/b"},
		"gitea.com/a/b":          {"gitea.com/a", "gitea.com/a/b"},
		"git.sr.ht/~a/b":         {"git.sr.ht/~a", "git.sr.ht/~a/b"},
		"gitlab.com/a/b":         {"gitlab.com/a", "gitlab.com/a/b"},
		"gitlab.com/a/b/v3":      {"gitlab.com/a", "gitlab.com/a/b"},
		"gitlab.com/a/b/c":       {"gitlab.com/a", ""}, // a repository of a subgroup, or a folder
		"gitlab.com/a/b/c/v3":    {"gitlab.com/a", ""},
		"github.com/a":           {"github.com/a", ""},
		"github.com":             {},
		"github.community/a/b":   {},
		"example.com/a/b":        {},
		"golang.org/x/tools":     {},
		"gopkg.in/yaml.v3":       {},
		"":                       {},
	} {
		if got := forges.Owner(path); got != want.owner {
			t.Errorf("%s is owned by %q, want %q", path, got, want.owner)
		}
		if got := forges.Repository(path); got != want.repository {
			t.Errorf("%s is of the repository %q, want %q", path, got, want.repository)
		}
	}
	for path, want := range map[string]bool{"github.com": true, "gitlab.com/a": true, "example.com/github.com": false, "": false} {
		if got := forges.Has(path); got != want {
			t.Errorf("many owners share the host of %q: %v", path, got)
		}
	}
}
