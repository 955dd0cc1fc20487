package frontend

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/target"
)

var (
	amd64 = target.Target{OS: "linux", Arch: "amd64"}
	arm64 = target.Target{OS: "linux", Arch: "arm64"}
	armv7 = target.Target{OS: "linux", Arch: "arm", Level: "7"}
)

func TestParseOptions(t *testing.T) {
	epoch := time.Unix(1700000000, 0).UTC()
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
		"where modules come from": {
			map[string]string{"build-arg:GOPROXY": "https://modules.example", "build-arg:GOPRIVATE": "corp.example", "build-arg:GOSUMDB": ""},
			options{targets: []target.Target{arm64}, goEnv: map[string]string{"GOPROXY": "https://modules.example", "GOPRIVATE": "corp.example"}},
		},
		"proxies in either case": {
			map[string]string{"build-arg:https_proxy": "a", "build-arg:HTTP_PROXY": "b", "build-arg:no_proxy": "c", "build-arg:All_Proxy": "d"},
			options{targets: []target.Target{arm64}, proxy: llb.ProxyEnv{HTTPSProxy: "a", HTTPProxy: "b", NoProxy: "c", AllProxy: "d"}},
		},
		"no proxy": {
			map[string]string{"build-arg:https_proxy": ""},
			options{targets: []target.Target{arm64}},
		},
		"go settings in lower case are the user's own": {
			map[string]string{"build-arg:goproxy": "x"},
			options{targets: []target.Target{arm64}, args: map[string]string{"goproxy": "x"}},
		},
		"epoch": {
			map[string]string{"build-arg:SOURCE_DATE_EPOCH": "1700000000"},
			options{targets: []target.Target{arm64}, epoch: &epoch},
		},
		"the user's own, also when empty": {
			map[string]string{"build-arg:VERSION": "1", "build-arg:SUFFIX": "", "build-arg:BUILDKIT_INLINE_CACHE": "1"},
			options{targets: []target.Target{arm64}, args: map[string]string{"VERSION": "1", "SUFFIX": ""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.build = arm64
			if test.want.goEnv == nil {
				test.want.goEnv = map[string]string{}
			}
			if test.want.args == nil {
				test.want.args = map[string]string{}
			}
			got, err := parseOptions(newUI(t, test.opts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{})); diff != "" {
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
	}))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"SOURCE_DATE_EPOCH", `"context"`, "--platform", "windows/amd64", "linux/riscv32"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in the error: %v", want, err)
		}
	}
}

func TestSetEpoch(t *testing.T) {
	for value, ok := range map[string]bool{
		"0": true, "253402300799": true, "253402300800": false, "-1": false, "1e3": false, "9999999999999999999999": false, " 1": false,
	} {
		var o options
		if err := setEpoch(&o, value); (err == nil) != ok {
			t.Errorf("%q: %v", value, err)
		} else if _, textErr := (&builder{options: o}).created(time.Time{}).MarshalJSON(); textErr != nil {
			t.Errorf("%q cannot stand in an image: %v", value, textErr)
		}
	}
}

// TestCreated: it is said, or the commit's, or a constant; never the clock's.
func TestCreated(t *testing.T) {
	epoch, commit := time.Unix(1e9, 0).UTC(), time.Unix(2e9, 0).In(time.FixedZone("", 3600))
	for _, tt := range []struct {
		epoch  *time.Time
		commit time.Time
		want   time.Time
	}{
		{nil, time.Time{}, time.Unix(0, 0)}, {nil, commit, commit}, {&epoch, commit, epoch}, {&epoch, time.Time{}, epoch},
	} {
		got := (&builder{options: options{epoch: tt.epoch}}).created(tt.commit)
		if !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("epoch %v, commit %v: %s, want %s", tt.epoch, tt.commit, got, tt.want)
		}
	}
}

// TestBuildArgs: the table is what users read.
func TestBuildArgs(t *testing.T) {
	seen := map[string]bool{}
	for _, arg := range buildArgs {
		if seen[arg.name] || arg.doc == "" || arg.set == nil || strings.HasPrefix(arg.name, "BUILDKIT_") {
			t.Errorf("entry %+v", arg)
		}
		seen[arg.name] = true
		var o options
		o.goEnv, o.args = map[string]string{}, map[string]string{}
		if err := o.setArg(arg.name, "1"); err != nil || len(o.args) > 0 {
			t.Errorf("%s: %v, %v", arg.name, o.args, err)
		}
	}
}
