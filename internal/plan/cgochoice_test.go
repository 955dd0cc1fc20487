package plan_test

import (
	"fmt"
	"testing"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// TestCgoChoices goes through everything that scan and analyze can say of one platform: it ends after two rounds more, and cgo is on
// exactly where a package uses it or the configuration says so.
func TestCgoChoices(t *testing.T) {
	amd64 := target.Target{OS: "linux", Arch: "amd64"}
	for _, enabled := range []string{"", "auto", "on", "off"} {
		for bits := range 16 {
			ownMatters, own, matters, uses := bits&1 != 0, bits&2 != 0, bits&4 != 0, bits&8 != 0
			if own && !ownMatters || uses && !matters {
				continue // what uses it depends on it
			}
			t.Run(fmt.Sprintf("%s-%04b", enabled, bits), func(t *testing.T) {
				choices := plan.NewCgoChoices(&config.Config{Cgo: ctoolchain.Settings{Enabled: enabled}}, []target.Target{amd64})
				for rounds := 0; ; rounds++ {
					if rounds > 2 {
						t.Fatal("no end")
					}
					choices = choices.Scanned(map[string]scan.Image{amd64.String(): {CgoMatters: ownMatters}})
					img := plan.Image{Target: amd64}
					summary := analyze.Summary{CgoMatters: matters}
					if len(choices.On()) > 0 {
						img.Cgo = &plan.Cgo{Own: own}
						summary = analyze.Summary{}
						if uses {
							summary.Cgo = []ctoolchain.Use{{ImportPath: "example.org/c"}}
						}
					}
					var again bool
					if choices, again = choices.Analyzed(&plan.Draft{Images: []plan.Image{img}}, []analyze.Summary{summary}); !again {
						break
					}
				}
				want := enabled == "on" || enabled != "off" && (own || uses)
				if got := len(choices.On()) > 0; got != want {
					t.Errorf("cgo is on: %t, want %t", got, want)
				}
				if enabled == "off" && len(choices.Scan()) > 0 {
					t.Error("what is off is scanned with cgo")
				}
			})
		}
	}
}
