package frontend

import (
	"testing"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/vcs"
)

// TestCheckStamp: a program of another commit, or of another version, than the labels say is refused.
func TestCheckStamp(t *testing.T) {
	commit := &vcs.Facts{Revision: "abc"}
	for _, c := range []struct {
		stamp                     *vcs.Facts
		revision, version, labels string
		ok                        bool
	}{
		{nil, "", "(devel)", "", true},
		{&vcs.Facts{}, "", "(devel)", "v1.2.3", true},
		{commit, "abc", "v1.2.3", "v1.2.3", true},
		{commit, "abc", "(devel)", "", true},
		{commit, "abd", "v1.2.3", "v1.2.3", false},
		{commit, "", "v1.2.3", "v1.2.3", false},
		{commit, "abc", "v1.2.4", "v1.2.3", false},
		{commit, "abc", "v1.2.3+dirty", "v1.2.3", false},
	} {
		facts := &binary.Facts{Settings: map[string]string{"vcs.revision": c.revision}}
		facts.Module.Version = c.version
		p := &plan.Plan{}
		p.Stamp.VCS, p.Metadata = c.stamp, plan.Metadata{Revision: "abc", Version: c.labels}
		if err := checkStamp(facts, p); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCheckSettings: a program without what was asked for is refused.
func TestCheckSettings(t *testing.T) {
	for _, c := range []struct {
		env, settings map[string]string
		ok            bool
	}{
		{nil, nil, true},
		{map[string]string{"GOFIPS140": "off"}, nil, true},
		{map[string]string{"GOFIPS140": "latest"}, map[string]string{"GOFIPS140": "latest"}, true},
		{map[string]string{"GOFIPS140": "certified"}, map[string]string{"GOFIPS140": "v1.0.0-c2097c7c"}, true},
		{map[string]string{"GOFIPS140": "latest"}, map[string]string{"CGO_ENABLED": "0"}, false},
		{map[string]string{"GOEXPERIMENT": "boringcrypto"}, map[string]string{"CGO_ENABLED": "1"}, true},
		{map[string]string{"GOEXPERIMENT": "boringcrypto"}, map[string]string{"CGO_ENABLED": "0"}, false},
		{map[string]string{"GOEXPERIMENT": "noboringcrypto"}, map[string]string{"CGO_ENABLED": "0"}, true},
	} {
		p := &plan.Plan{}
		p.Flags.Env = c.env
		err := checkSettings(&binary.Facts{GoVersion: "go1.23.12", Settings: c.settings}, p)
		if (err == nil) != c.ok {
			t.Errorf("asked for %v, built with %v: %v", c.env, c.settings, err)
		}
	}
}
