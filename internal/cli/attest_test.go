package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/attestations"

	"github.com/modship-build/modship/internal/diag"
)

func TestParseAttests(t *testing.T) {
	for _, tc := range []struct {
		name     string
		options  AttestOptions
		want     map[string]string
		mistakes []string
	}{
		{name: "none by default", want: map[string]string{}},
		{name: "on", options: AttestOptions{Attests: []string{"type=sbom", "type=provenance,mode=min"}}, want: map[string]string{"sbom": "", "provenance": "mode=min"}},
		{name: "off again", options: AttestOptions{Attests: []string{"type=sbom"}, SBOM: "false"}, want: map[string]string{}},
		{name: "disabled", options: AttestOptions{Attests: []string{"type=sbom,disabled=true", "type=provenance,disabled=false"}}, want: map[string]string{"provenance": ""}},
		{name: "quoting", options: AttestOptions{SBOM: `generator=x,"args=a,b"`}, want: map[string]string{"sbom": `generator=x,"args=a,b"`}},
		{name: "mistakes", options: AttestOptions{Attests: []string{"type=sbon", "sbom", "mode=max"}, Provenance: "max", SBOM: "disabled=x"}, mistakes: []string{
			`--attest: "type=sbon": unknown type "sbon", want sbom or provenance; did you mean "sbom"?`,
			`--attest: "sbom": want key=value instead of "sbom"`,
			`--attest: "mode=max": unknown type "", want sbom or provenance`,
			`--provenance: "max": want key=value instead of "max"`,
			`--sbom: disabled=x: want true or false`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			got := tc.options.parse(&mistakes)
			if diff := cmp.Diff(tc.mistakes, messages(mistakes)); diff != "" {
				t.Fatal(diff)
			}
			if tc.mistakes != nil {
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			attrs := map[string]string{}
			for k, v := range got {
				attrs["attest:"+k] = v
			}
			if parsed, err := attestations.Parse(attrs); err != nil || len(parsed) != len(got) {
				t.Errorf("BuildKit reads them as %v, error %v", parsed, err)
			}
		})
	}
}
