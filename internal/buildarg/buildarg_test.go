package buildarg

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modship-build/modship/internal/diag"
)

func TestParse(t *testing.T) {
	epoch := time.Unix(1700000000, 0).UTC()
	for name, test := range map[string]struct {
		given map[string]string
		want  Values
	}{
		"nothing": {nil, Values{}},
		"where modules come from": {
			map[string]string{"GOPROXY": "https://modules.example", "GOPRIVATE": "corp.example", "GOSUMDB": ""},
			Values{GoEnv: map[string]string{"GOPROXY": "https://modules.example", "GOPRIVATE": "corp.example"}},
		},
		"proxies in either case": {
			map[string]string{"https_proxy": "a", "HTTP_PROXY": "b", "no_proxy": "c", "All_Proxy": "d"},
			Values{Proxy: map[string]string{HTTPSProxy: "a", HTTPProxy: "b", NoProxy: "c", AllProxy: "d"}},
		},
		"no proxy":                      {map[string]string{"https_proxy": ""}, Values{}},
		"other names have one spelling": {map[string]string{"goproxy": "x"}, Values{Own: map[string]string{"goproxy": "x"}}},
		"epoch":                         {map[string]string{"SOURCE_DATE_EPOCH": "1700000000"}, Values{Epoch: &epoch}},
		"the user's own, also when empty": {
			map[string]string{"VERSION": "1", "SUFFIX": "", "BUILDKIT_INLINE_CACHE": "1"},
			Values{Own: map[string]string{"VERSION": "1", "SUFFIX": ""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(test.given)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseEpoch: what is taken can stand in an image, and what is not taken is a mistake that names the argument.
func TestParseEpoch(t *testing.T) {
	for value, ok := range map[string]bool{
		"0": true, "253402300799": true, "253402300800": false, "-1": false, "1e3": false, "9999999999999999999999": false, " 1": false,
	} {
		got, err := Parse(map[string]string{Epoch: value, "OTHER": "kept"})
		if (err == nil) != ok || (got.Epoch != nil) != ok || got.Own["OTHER"] != "kept" {
			t.Errorf("%q: %+v, %v", value, got, err)
		}
		if !ok {
			if found := diag.All(err); len(found) != 1 || found[0].File != Epoch || !strings.Contains(found[0].Msg, value) {
				t.Errorf("%q: the mistakes are %v", value, found)
			}
			continue
		}
		if _, err := got.Epoch.MarshalJSON(); err != nil {
			t.Errorf("%q cannot stand in an image: %v", value, err)
		}
	}
}

// TestParseUserinfo: credentials are refused, also in an address that cannot be parsed, and never repeated.
func TestParseUserinfo(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "https_proxy", "All_Proxy", "NO_PROXY", "GOPROXY", "GOSUMDB", "GOPRIVATE"} {
		for _, value := range []string{
			"http://me:canary@p.example:3128", "canary@p.example", "me:canary@p.example:1", "http://me:can%ary@p.example",
			"http://me:12/canary@p.example", "https://a.example|https://me:canary@b.example,direct", "socks5://canary:@p.example",
		} {
			got, err := Parse(map[string]string{name: value})
			if len(got.Proxy)+len(got.GoEnv)+len(got.Own) > 0 {
				t.Errorf("%s=%s is taken: %+v", name, value, got)
			}
			if found := diag.All(err); len(found) != 1 || found[0].File != name || strings.Contains(err.Error(), "can") {
				t.Errorf("%s=%s: the mistakes are %v", name, value, found)
			}
		}
	}
	if _, err := Parse(map[string]string{"MAINTAINER": "me@corp.example"}); err != nil {
		t.Errorf("the user's own: %v", err)
	}
}

func TestSame(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"HTTP_PROXY", "http_proxy", true}, {"no_proxy", "No_Proxy", true}, {"X", "X", true},
		{"GOPROXY", "goproxy", false}, {"X", "x", false}, {"HTTP_PROXY", "HTTPS_PROXY", false},
	} {
		if Same(test.a, test.b) != test.want || Same(test.b, test.a) != test.want {
			t.Errorf("%s and %s: want %v", test.a, test.b, test.want)
		}
	}
}

// valueOf gives a value that an argument takes.
func valueOf(arg Arg) string {
	if arg.Name == Workspace {
		return "off"
	}
	return "1"
}

// TestWorkspace: a go.work is in the context or none counts. A path is one of a machine.
func TestWorkspace(t *testing.T) {
	for value, want := range map[string]bool{"": false, "auto": false, "off": true} {
		if v, err := Parse(map[string]string{Workspace: value}); err != nil || v.NoWork != want {
			t.Errorf("%q: %+v, %v", value, v, err)
		}
	}
	if _, err := Parse(map[string]string{Workspace: "/home/me/go.work"}); err == nil {
		t.Error("a path is taken")
	}
}

// TestGoSettings: they are those of the table.
func TestGoSettings(t *testing.T) {
	given := map[string]string{}
	for _, arg := range All() {
		given[arg.Name] = valueOf(arg)
	}
	v, err := Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	got, want := slices.Sorted(maps.Keys(v.GoEnv)), slices.Sorted(slices.Values(GoSettings()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-list +table):\n%s", diff)
	}
}

// TestAll: each name stands in the table once, has a meaning, and is no argument of the user's own.
func TestAll(t *testing.T) {
	var seen []string
	for _, arg := range All() {
		if slices.Contains(seen, arg.Name) || arg.Doc == "" || strings.HasPrefix(arg.Name, "BUILDKIT_") {
			t.Errorf("entry %+v", arg)
		}
		seen = append(seen, arg.Name)
		if v, err := Parse(map[string]string{arg.Name: valueOf(arg)}); err != nil || len(v.Own) > 0 || len(v.GoEnv)+len(v.Proxy) == 0 && v.Epoch == nil && !v.NoWork {
			t.Errorf("%s: %+v, %v", arg.Name, v, err)
		}
	}
}
