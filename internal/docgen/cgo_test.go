package docgen

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/target"
)

// TestCgoPlatforms: docs/cgo.md names the platforms that C is compiled for, and the image that the compiler is installed into.
func TestCgoPlatforms(t *testing.T) {
	var gcc, more []string
	for _, all := range target.All() {
		names := []string{all.String()}
		if all.Arch == "arm" {
			names = []string{"linux/arm/v5", "linux/arm/v6", "linux/arm/v7"}
		}
		for _, name := range names {
			platform, err := target.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = ctoolchain.Of(ctoolchain.GCC, ctoolchain.Glibc).Compiler(ctoolchain.Job{Target: platform})
			_, _, zigErr := ctoolchain.Of(ctoolchain.Zig, ctoolchain.Musl).Compiler(ctoolchain.Job{Target: platform})
			switch {
			case err == nil:
				gcc = append(gcc, strings.TrimPrefix(name, "linux/"))
			case zigErr == nil:
				more = append(more, strings.TrimPrefix(name, "linux/"))
			}
		}
	}
	page := strings.Join(strings.Fields(find(t, "docs/cgo.md").text), " ")
	last := len(gcc) - 1
	for _, sentence := range []string{
		"gcc: linux/" + strings.Join(gcc[:last], ", ") + " and " + gcc[last] + ",",
		"zig has linux/" + strings.Join(more, ", linux/") + " as well.",
		"are installed into `base`, `" + defaults.CgoBase + "` unless you name another image",
	} {
		if !strings.Contains(page, sentence) {
			t.Errorf("the page does not say %q", sentence)
		}
	}
}
