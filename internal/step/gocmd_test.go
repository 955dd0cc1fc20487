package step

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
)

// TestGoEnvironment: what go compiles with is what the step says, and nothing of what the step itself was started with.
func TestGoEnvironment(t *testing.T) {
	for name, value := range map[string]string{"GOFLAGS": "-toolexec=/src/x", "GOENV": "/src/go.env", "CC": "/src/cc", "CGO_LDFLAGS": "-fuse-ld=/src/ld", "GOPROXY": "https://proxy.example"} {
		t.Setenv(name, value)
	}
	for name, c := range map[string]struct {
		build request.Build
		want  map[string]string
	}{
		"plain":    {request.Build{}, map[string]string{"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}},
		"vendored": {request.Build{Vendor: true}, map[string]string{"CGO_ENABLED": "0", "GOFLAGS": "-mod=vendor"}},
		"C":        {request.Build{Cgo: &request.Cgo{}}, map[string]string{"CGO_ENABLED": "1", "GOFLAGS": "-mod=readonly"}},
	} {
		for _, kv := range []string{"GOPROXY=off", "GOSUMDB=off", "GOVCS=*:off", "GOENV=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off"} {
			key, value, _ := strings.Cut(kv, "=")
			c.want[key] = value
		}
		got := map[string]string{}
		for _, kv := range goCommand(t.Context(), "", false, buildEnv(c.build), []string{"build"}).Env {
			key, value, _ := strings.Cut(kv, "=")
			if strings.Contains(value, "/src/") {
				t.Errorf("%s: %s is %s", name, key, value)
			}
			if _, ok := c.want[key]; ok {
				got[key] = value // the last one counts
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
