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

// TestCannotMerge: Docker with its classic image store is refused before anything is built, and not for what is no image.
func TestCannotMerge(t *testing.T) {
	for _, test := range []struct {
		target string
		says   string
	}{
		{"", "this BuildKit cannot put layers together: with Docker, " + mergeHelp + " ("},
		{"binaries", ""},
	} {
		c := newWordsClient(t)
		c.Lacking = []apicaps.CapID{pb.CapMergeOp}
		c.Options["target"] = test.target
		_, err := FromClient(t.Context(), c)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.HasPrefix(err.Error(), test.says)) {
			t.Errorf("%q: %v", test.target, err)
		}
		steps := slices.DeleteFunc(c.Ran(), func(name string) bool { return strings.HasPrefix(name, "[internal] ") })
		if test.says != "" && len(steps) > 0 {
			t.Errorf("%q has run", steps)
		}
	}
}
