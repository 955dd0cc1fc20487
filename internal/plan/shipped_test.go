package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
)

// TestShipped: of each image its own files, and once what all of them have.
func TestShipped(t *testing.T) {
	plain := plan.Image{Files: []string{"main.go"}, Embeds: []string{"web"}}
	withC := plan.Image{Files: []string{"c.go"}, Cgo: &plan.Cgo{Own: true, Sources: []string{"c.go"}}}
	foreignC := plan.Image{Files: []string{"main.go"}, Cgo: &plan.Cgo{Sources: []string{"c.go"}}}
	source := plan.Source{Files: []string{"go.mod"}}
	for name, tc := range map[string]struct {
		draft plan.Draft
		want  []plan.Part
	}{
		"nothing": {},
		"images": {plan.Draft{Source: source, Images: []plan.Image{plain, withC, foreignC}}, []plan.Part{
			{Kind: plan.PartCompiled, Image: plain, Files: []string{"go.mod", "main.go"}, Patterns: plan.EmbeddedFiles([]string{"web"})},
			{Kind: plan.PartCompiled, Image: withC, Files: []string{"go.mod", "c.go"}},
			{Kind: plan.PartIncluded, Image: withC, Including: []string{"c.go"}},
			{Kind: plan.PartCompiled, Image: foreignC, Files: []string{"go.mod", "main.go"}},
		}},
		"of all": {
			plan.Draft{
				Source:  plan.Source{Vendored: []string{"elsewhere"}, Table: gomod.Table{Vendor: true}},
				Runtime: plan.Runtime{Files: []config.Copy{{From: "etc/*", To: "/etc/"}}},
			},
			[]plan.Part{{Kind: plan.PartVendored, Patterns: []string{"vendor", "elsewhere"}}, {Kind: plan.PartCopied, Patterns: []string{"etc/*"}}},
		},
	} {
		if diff := cmp.Diff(tc.want, tc.draft.Shipped()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
