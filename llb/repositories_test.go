package llb

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/request"
)

// TestRepositorySecrets: a step gets what repositories ask for only if a module may come from one, for the hosts that are known, and what
// names no host only if there is one host that it is for.
func TestRepositorySecrets(t *testing.T) {
	forTwo := func(host string) []string {
		return []string{request.IDGitHeader + "." + host, request.IDGitToken + "." + host}
	}
	known := slices.Concat(forTwo("bitbucket.org"), forTwo("github.com"), forTwo("gitlab.com"))
	for name, c := range map[string]struct {
		settings goenv.Settings
		paths    []string
		want     []string
		none     bool
	}{
		"proxy alone":        {settings: goenv.Settings{Proxy: "https://proxy.example"}, paths: []string{"corp.example/x"}, none: true},
		"another is private": {settings: goenv.Settings{Proxy: "https://proxy.example", Private: []string{"corp.example"}, TokenHost: "corp.example"}, paths: []string{"other.example/x"}, none: true},
		"direct at the end":  {settings: goenv.Settings{Proxy: "https://proxy.example,direct"}, paths: []string{"corp.example/x"}, want: known},
		"private":            {settings: goenv.Settings{Proxy: "https://proxy.example", Private: []string{"corp.example"}}, paths: []string{"corp.example/x", "other.example/x"}, want: slices.Concat(known, forTwo("corp.example"))},
		"two of one host":    {settings: goenv.Settings{Proxy: "off", Private: []string{"corp.example", "github.com"}}, paths: []string{"corp.example/x", "corp.example/y", "github.com/a/b"}, want: slices.Concat(known, forTwo("corp.example"))},
		"rewritten":          {settings: goenv.Settings{Proxy: "direct", Rewrite: map[string]string{"https://a.example/": "https://b.example:8443/"}}, paths: []string{"a.example/x"}, want: slices.Concat(known, forTwo("b.example:8443"))},
		"one host, of the user": {settings: goenv.Settings{Proxy: "off", Private: []string{"corp.example"}, TokenHost: "corp.example"}, paths: []string{"corp.example/x"},
			want: slices.Concat(known, forTwo("corp.example"), []string{request.IDGitHeader, request.IDGitToken})},
	} {
		s := step{}.withRepositories(c.paths, &c.settings)
		if c.none {
			if s.SSH || len(s.Secrets) > 0 || c.settings.TokenHost != "" || c.settings.Rewrite != nil {
				t.Errorf("%s: it gets %q, and ssh is %t", name, s.Secrets, s.SSH)
			}
			continue
		}
		want := append(slices.Clone(c.want), request.IDKnown)
		slices.Sort(want)
		got := slices.Sorted(slices.Values(s.Secrets))
		if diff := cmp.Diff(want, got); diff != "" || !s.SSH {
			t.Errorf("%s: ssh is %t (-want +got):\n%s", name, s.SSH, strings.TrimSpace(diff))
		}
	}
}
