package step

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/vcs"
)

// TestStampInfo: a program says whether it is of the commit alone only if that is known.
func TestStampInfo(t *testing.T) {
	frame := strings.Repeat("x", infoFrame)
	for want, facts := range map[string]vcs.Facts{
		"false": {Revision: "abc"},
		"true":  {Revision: "abc", Modified: true},
		"":      {Revision: "abc", Uncompared: true},
	} {
		text, err := stampInfo(frame+"path\texample.com/m\nmod\texample.com/m\t(devel)\t\n"+frame, facts)
		if err != nil {
			t.Fatal(err)
		}
		info, err := debug.ParseBuildInfo(text[infoFrame : len(text)-infoFrame])
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, s := range info.Settings {
			got[s.Key] = s.Value
		}
		if got["vcs.revision"] != "abc" || got["vcs.modified"] != want {
			t.Errorf("%+v: %v", facts, got)
		}
	}
}
