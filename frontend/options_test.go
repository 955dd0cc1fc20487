package frontend

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

var (
	amd64 = target.Target{OS: "linux", Arch: "amd64"}
	arm64 = target.Target{OS: "linux", Arch: "arm64"}
	armv7 = target.Target{OS: "linux", Arch: "arm", Level: "7"}
)

func TestParseOptions(t *testing.T) {
	for name, test := range map[string]struct {
		opts map[string]string
		want options
	}{
		"nothing": {nil, options{targets: []target.Target{arm64}}},
		"one platform": {
			map[string]string{"platform": "linux/amd64"},
			options{targets: []target.Target{amd64}},
		},
		"several platforms, in their order": {
			map[string]string{"platform": "linux/arm,linux/amd64"},
			options{targets: []target.Target{armv7, amd64}, multi: true},
		},
		"one platform in two spellings is an index of one": {
			map[string]string{"platform": "linux/arm64,linux/arm64/v8"},
			options{targets: []target.Target{arm64}, multi: true},
		},
		"a node of several": {
			map[string]string{"platform": "linux/amd64", "multi-platform": "true"},
			options{targets: []target.Target{amd64}, multi: true},
		},
		"build arguments": {
			map[string]string{"build-arg:GOPROXY": "https://modules.example", "build-arg:https_proxy": "p", "build-arg:VERSION": "1"},
			options{targets: []target.Target{arm64}, args: buildarg.Values{
				GoEnv: map[string]string{"GOPROXY": "https://modules.example"},
				Proxy: map[string]string{"HTTPS_PROXY": "p"},
				Own:   map[string]string{"VERSION": "1"},
			}},
		},
		"the Go of an image that is built again": {
			map[string]string{OptionGo: "go1.26.8"},
			options{targets: []target.Target{arm64}, golang: "1.26.8"},
		},
		"what the client says of the repository": {
			map[string]string{
				"requestid": "frontend.modship.plan", "context": "https://git.example/app.git", "vcs:source": "https://git.example/app",
				"modship:git-prefix": "cmd", "modship:git-folder": "worktrees/x", "modship:git-submodules": "third_party/page\n../x\n.",
			},
			options{
				targets: []target.Target{arm64}, plan: true, request: PlanRequest, context: "https://git.example/app.git",
				said: vcs.Facts{Remote: "https://git.example/app"}, repository: &sentRepository{prefix: "cmd", folder: "worktrees/x", submodules: []string{"third_party/page"}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.build = arm64
			test.want.configPath = "Dockerfile"
			got, err := parseOptions(newUI(t, test.opts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{}, sentRepository{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseOptionsMistakes: all of them are reported, each with the option at fault.
func TestParseOptionsMistakes(t *testing.T) {
	_, err := parseOptions(newUI(t, map[string]string{
		"platform":                    "linux/amd64,windows/amd64,linux/riscv32",
		"build-arg:SOURCE_DATE_EPOCH": "context",
		"label:containerd.io/x":       "y",
		"no-cache":                    "toolchian",
		OptionGo:                      "../go",
	}))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"SOURCE_DATE_EPOCH", `"context"`, "--platform", "windows/amd64", "linux/riscv32", `--label: "containerd.io/x"`, `"toolchain"?`, `"../go" is not a Go version`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in the error: %v", want, err)
		}
	}
	if got := len(diag.All(err)); got != 5 {
		t.Errorf("%d of five are known as mistakes of the user: %v", got, err)
	}
}

// TestProxy: each setting comes out as the one that it is, and the one for all protocols where there is none of their own.
func TestProxy(t *testing.T) {
	for name, test := range map[string]struct {
		args map[string]string
		want llb.ProxyEnv
	}{
		"each of its own": {
			map[string]string{"build-arg:https_proxy": "a", "build-arg:HTTP_PROXY": "b", "build-arg:no_proxy": "c", "build-arg:All_Proxy": "d"},
			llb.ProxyEnv{HTTPSProxy: "a", HTTPProxy: "b", NoProxy: "c", AllProxy: "d"},
		},
		"one for all": {
			map[string]string{"build-arg:ALL_PROXY": "socks5://p:1"},
			llb.ProxyEnv{HTTPSProxy: "socks5://p:1", HTTPProxy: "socks5://p:1", AllProxy: "socks5://p:1"},
		},
		"one for the others": {
			map[string]string{"build-arg:all_proxy": "a", "build-arg:https_proxy": "b"},
			llb.ProxyEnv{HTTPSProxy: "b", HTTPProxy: "a", AllProxy: "a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parseOptions(newUI(t, test.args))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, o.proxy()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
