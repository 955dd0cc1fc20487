package frontend

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/vcs"
)

// TestCheckStamp: a program of another commit than the labels will name is refused, and one that was not stamped.
func TestCheckStamp(t *testing.T) {
	const revision, version = "0123456789012345678901234567890123456789", "v1.2.3"
	tests := []struct {
		name              string
		revision, version string // what the program says
		stamped           bool
		says              string
	}{
		{"the same", revision, version, true, ""},
		{"another revision", strings.Repeat("f", 40), version, true, "its revision is \"ffff"},
		{"no revision", "", version, true, `its revision is ""`},
		{"another version", revision, "v1.2.4", true, `its version is "v1.2.4"`},
		{"not stamped on purpose", "", "(devel)", false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &plan.Plan{}
			p.Metadata.Revision, p.Metadata.Version = revision, version
			p.Stamp.Off = !test.stamped
			if test.stamped {
				p.Stamp.VCS = &vcs.Facts{Revision: revision}
			}
			facts := &binary.Facts{Settings: map[string]string{}, Module: binary.Module{Version: test.version}}
			if test.revision != "" {
				facts.Settings["vcs.revision"] = test.revision
			}
			err := checkStamp(facts, p)
			switch {
			case test.says == "" && err != nil:
				t.Error(err)
			case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
				t.Errorf("got %v, want it to say %s", err, test.says)
			}
		})
	}
}
