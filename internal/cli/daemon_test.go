package cli

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"golang.org/x/net/http/httpproxy"

	"github.com/modship-build/modship/internal/stepnet"
)

// TestUseStepProxy: steps get the gateway for their proxy, and the gateway what the client says of proxies and module servers.
func TestUseStepProxy(t *testing.T) {
	attrs := map[string]string{
		"build-arg:GOPROXY": "http://localhost:3000,direct", "build-arg:GOSUMDB": "sum.example+033de0ae+Ac4= https://127.0.0.1:8443",
		"build-arg:http_proxy": "http://proxy.example:3128", "build-arg:ALL_PROXY": "http://other.example", "build-arg:NO_PROXY": "corp.example",
		"build-arg:OWN": "x", "HTTP_PROXY": "no build argument", "label:http_proxy": "none either",
	}
	var given stepnet.Settings
	var failed error
	url := "http://127.200.0.1:3128"
	d := &Daemon{StepProxy: func(_ context.Context, s stepnet.Settings) (string, error) {
		given = s
		return url, failed
	}}
	j := &job{opt: client.SolveOpt{FrontendAttrs: attrs}, logins: &logins{[]login{
		{host: "proxy.example", user: "me", password: "p@w", proxy: true},
		{host: "corp.example", user: "me", password: "x"}, {host: "other.example", user: "me", password: "x"}, // of module proxies
	}}}
	if err := j.useStepProxy(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"build-arg:GOPROXY": attrs["build-arg:GOPROXY"], "build-arg:GOSUMDB": attrs["build-arg:GOSUMDB"], "build-arg:OWN": "x",
		"HTTP_PROXY": "no build argument", "label:http_proxy": "none either", "build-arg:HTTP_PROXY": url, "build-arg:HTTPS_PROXY": url,
	}
	if diff := cmp.Diff(want, j.opt.FrontendAttrs); diff != "" {
		t.Error(diff)
	}
	if want := (httpproxy.Config{HTTPProxy: "http://me:p%40w@proxy.example:3128", HTTPSProxy: "http://other.example", NoProxy: "corp.example"}); given.Proxy != want {
		t.Errorf("proxies are %+v, want %+v", given.Proxy, want)
	}
	if local := strings.Join(given.Local, " "); !strings.Contains(local, "127.0.0.1:8443") || !strings.Contains(local, "localhost:3000") {
		t.Errorf("servers are %q", given.Local)
	}

	// Another daemon gives its steps a network by itself.
	for _, d := range []*Daemon{{}, {StepProxy: func(context.Context, stepnet.Settings) (string, error) { return "", nil }}} {
		j := &job{opt: client.SolveOpt{FrontendAttrs: attrs}}
		if err := j.useStepProxy(t.Context(), d); err != nil || !cmp.Equal(attrs, j.opt.FrontendAttrs) {
			t.Errorf("%v: %v", err, j.opt.FrontendAttrs)
		}
	}
	failed = errors.New("the daemon has gone")
	if err := j.useStepProxy(t.Context(), d); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}
