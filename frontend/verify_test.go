package frontend

import (
	"testing"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/plan"
)

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
		err := checkSettings(&binary.Facts{GoVersion: "go1.23.12", Settings: c.settings}, &plan.Plan{Flags: plan.Flags{Env: c.env}})
		if (err == nil) != c.ok {
			t.Errorf("asked for %v, built with %v: %v", c.env, c.settings, err)
		}
	}
}
