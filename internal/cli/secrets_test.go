package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnusedCredentials: a secret that no step asks for is not dropped without a word.
func TestUnusedCredentials(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options Options
		want    []string
	}{
		{"none", Options{}, nil},
		{"known", Options{Secrets: []string{"id=ca,src=x", "id=netrc,env=Y"}}, nil},
		{"another", Options{Secrets: []string{"id=github_token"}},
			[]string{"--secret id=github_token has no effect: no step asks for it; steps ask for the secrets ca, certificates to trust, and netrc, passwords of module proxies"}},
		{"near", Options{Secrets: []string{"src=x,id=netcr"}}, []string{`--secret id=netcr has no effect: no step asks for it; did you mean "netrc"?`}},
		{"an agent", Options{SSH: []string{"default"}}, []string{"--ssh has no effect: no step uses it; modules come from module proxies, or are vendored"}},
		{"no secret at all", Options{Secrets: []string{"x", ""}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, unusedCredentials(tc.options)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
