package llb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/request"
)

// TestRepositorySecrets: a step gets what repositories ask for only if a module may come from one, for the hosts that are known, and what
// names no host only if there is one host that it is for.
func TestRepositorySecrets(t *testing.T) {
	given := func(host string) []string {
		return []string{request.IDGitHeader + "." + host, request.IDGitToken + "." + host}
	}
	all := func(host string) []string { return append(given(host), request.IDGitClient+"."+host) }
	known := slices.Concat(given("bitbucket.org"), given("github.com"), given("gitlab.com"))
	for name, c := range map[string]struct {
		settings goenv.Settings
		paths    []string
		want     []string
		none     bool
		refused  []string
	}{
		"proxy alone":        {settings: goenv.Settings{Proxy: "https://proxy.example"}, paths: []string{"corp.example/x"}, none: true},
		"another is private": {settings: goenv.Settings{Proxy: "https://proxy.example", Private: []string{"corp.example"}, TokenHost: "corp.example"}, paths: []string{"other.example/x"}, none: true},
		"direct at the end":  {settings: goenv.Settings{Proxy: "https://proxy.example,direct"}, paths: []string{"corp.example/x"}, want: known},
		"private":            {settings: goenv.Settings{Proxy: "https://proxy.example", Private: []string{"corp.example"}}, paths: []string{"corp.example/x", "other.example/x"}, want: slices.Concat(known, all("corp.example"))},
		"two of one host":    {settings: goenv.Settings{Proxy: "off", Private: []string{"corp.example", "github.com"}}, paths: []string{"corp.example/x", "corp.example/y", "github.com/a/b"}, want: slices.Concat(known, all("corp.example"), []string{request.IDGitClient + ".github.com"})},
		"rewritten":          {settings: goenv.Settings{Proxy: "direct", Rewrite: map[string]string{"https://a.example/": "https://B.example:8443/"}}, paths: []string{"a.example/x"}, want: slices.Concat(known, all("b.example:8443"))},
		"refused": {settings: goenv.Settings{Proxy: "direct"}, paths: []string{"a.example/x"}, refused: []string{"git.example:8443", "github.com", "../x", "a b", "Git.Example:8443", "", "x/y"},
			want: slices.Concat(known, all("git.example:8443"), []string{request.IDGitClient + ".github.com"})},
		"refused, and none is asked": {settings: goenv.Settings{Proxy: "https://proxy.example"}, paths: []string{"a.example/x"}, refused: []string{"git.example"}, none: true},
		"one host, of the user": {settings: goenv.Settings{Proxy: "off", Private: []string{"corp.example"}, TokenHost: "corp.example"}, paths: []string{"corp.example/x"},
			want: slices.Concat(known, all("corp.example"), []string{request.IDGitHeader, request.IDGitToken})},
	} {
		var modules []gomod.Pinned
		for _, path := range c.paths {
			modules = append(modules, gomod.Pinned{Version: module.Version{Path: path, Version: "v1.0.0"}})
		}
		b := &Builder{}
		if len(c.refused) > 0 && (!b.FetchFrom(c.refused) || b.FetchFrom(c.refused)) {
			t.Errorf("%s: what is new is not", name)
		}
		s := step{}.withRepositories(b.repositories(modules, c.settings), &c.settings)
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

// TestFetchFrom: pages can name any number of hosts, and a build asks for what there is for some.
func TestFetchFrom(t *testing.T) {
	b := &Builder{}
	times := 0
	for i := range 100 {
		if b.FetchFrom([]string{fmt.Sprintf("h%d.example", i)}) {
			times++
		}
	}
	if b.FetchFrom([]string{"H1.Example"}) {
		t.Error("a host that is known in small letters is new in capitals")
	}
	if capitals := (&Builder{}); !capitals.FetchFrom([]string{"Git.Example"}) || !slices.Equal(capitals.hosts, []string{"git.example"}) {
		t.Errorf("a host with capitals is %q", capitals.hosts)
	}
	if times != maxHosts {
		t.Errorf("%d hosts are asked for", times)
	}
}
