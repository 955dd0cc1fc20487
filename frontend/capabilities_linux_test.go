package frontend

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/modship-build/modship/internal/vcs"
)

// oldestCapabilities are all of BuildKit v0.13.2 (solver/pb/caps.go and frontend/gateway/pb/caps.go).
//
//go:embed testdata/capabilities.txt
var oldestCapabilities string

// TestOldestBuildKit: a build does with what the oldest release can do.
func TestOldestBuildKit(t *testing.T) {
	c := newWordsClient(t)
	git(t, c)
	c.Locals[vcs.Local] = c.Locals["context"]
	c.Options[vcs.OptionPrefix] = "."
	known := strings.Fields(oldestCapabilities)
	for _, all := range [][]*apicaps.PBCap{pb.Caps.All(), gatewaypb.Caps.All()} {
		for _, one := range all {
			if !slices.Contains(known, one.ID) {
				c.Lacking = append(c.Lacking, apicaps.CapID(one.ID))
			}
		}
	}
	if len(c.Lacking) < 10 {
		t.Fatalf("it lacks %q only", c.Lacking)
	}
	mustBuild(t, c)
}

// TestTooOld: what is older is refused in a sentence, before anything is asked of it.
func TestTooOld(t *testing.T) {
	c := newClient(t, hello)
	c.Lacking = []apicaps.CapID{lastNeeded}
	_, err := FromClient(t.Context(), c)
	if err == nil || !strings.HasPrefix(err.Error(), "this BuildKit is too old: Modship needs v0.13 or later (") {
		t.Errorf("got %v", err)
	}
	if n := len(c.Solves()); n > 0 {
		t.Errorf("it was asked %d times", n)
	}
}
