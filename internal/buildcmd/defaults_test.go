package buildcmd

import (
	"context"
	"maps"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
)

func TestDefaultArgs(t *testing.T) {
	goEnv := map[string]string{"GOPROXY": "https://go.example,direct", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "corp.example/*", "GONOSUMDB": ""}
	for _, tc := range []struct {
		name              string
		variables, goEnv  map[string]string
		explicit          []string
		want              map[string]string
		mistakes, warning []string
	}{
		{name: "an empty machine", want: map[string]string{}},
		{name: "go env", goEnv: goEnv, want: map[string]string{"GOPROXY": "https://go.example,direct", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "corp.example/*"}},
		{name: "environment", goEnv: goEnv, variables: map[string]string{"GOPROXY": "https://env.example", "GOSUMDB": "off"},
			want: map[string]string{"GOPROXY": "https://env.example", "GOSUMDB": "off"}},
		{name: "flags", goEnv: goEnv, explicit: []string{"GOPROXY=x", "GOSUMDB", "GOPRIVATEX=1"}, want: map[string]string{"GOPRIVATE": "corp.example/*"}},
		{name: "environment without go", variables: map[string]string{"GOPRIVATE": "a"}, want: map[string]string{"GOPRIVATE": "a"}},
		{name: "proxies", variables: map[string]string{"HTTP_PROXY": "http://p:1", "https_proxy": "p:2", "NO_PROXY": "localhost,.corp", "SOURCE_DATE_EPOCH": "0", "no_proxy": ""},
			want: map[string]string{"HTTP_PROXY": "http://p:1", "https_proxy": "p:2", "NO_PROXY": "localhost,.corp", "SOURCE_DATE_EPOCH": "0"}},
		{name: "proxies that flags replace", variables: map[string]string{"http_proxy": "http://env.example", "HTTP_PROXY": "http://env.example", "HTTPS_PROXY": "http://me:pw@env.example", "no_proxy": "x"},
			explicit: []string{"HTTP_PROXY=http://mine.example", "https_proxy=", "NO_PROXYX=1"}, want: map[string]string{"no_proxy": "x"}},
		{name: "proxy with a password", variables: map[string]string{"HTTP_PROXY": "http://u:pw@p:1", "HTTPS_PROXY": "u:pw@p:1", "http_proxy": "http://u@p"}, want: map[string]string{},
			warning: []string{
				"HTTP_PROXY is not handed to the build: it has a user name or a password in it, which would be kept in the record of the build",
				"HTTPS_PROXY is not handed to the build: it has a user name or a password in it, which would be kept in the record of the build",
				"http_proxy is not handed to the build: it has a user name or a password in it, which would be kept in the record of the build",
			}},
		{name: "module proxy with a password", variables: map[string]string{"GOPROXY": "https://a.example|https://u:pw@b.example,direct"}, want: map[string]string{},
			mistakes: []string{"GOPROXY: the address has a user name or a password in it, which would be kept in the record of the build; " +
				"put it into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
		{name: "module proxy with a password that a flag replaces", variables: map[string]string{"GOPROXY": "https://u:pw@b.example"}, explicit: []string{"GOPROXY=https://b.example"}, want: map[string]string{}},
		{name: "a checksum database with its key", variables: map[string]string{"GOPROXY": "off", "GOSUMDB": "sum.corp.example+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8= https://sum.corp.example"},
			want: map[string]string{"GOPROXY": "off", "GOSUMDB": "sum.corp.example+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8= https://sum.corp.example"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			env := Env{LookupEnv: lookup(tc.variables), GoEnv: func(context.Context) map[string]string { return tc.goEnv }}
			got, warnings := defaultArgs(t.Context(), env, tc.explicit, &mistakes)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.mistakes, messages(mistakes)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.warning, warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The go command that runs this test answers, from any directory, without looking at a go.mod there.
func TestGoEnv(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Fatal("the go command that runs this test is not in the PATH")
	}
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", "module x\n\ngo 99.9\n")
	t.Chdir(dir)
	t.Setenv("GOPRIVATE", "corp.example/private")
	got := GoEnv(t.Context())
	if diff := cmp.Diff(slices.Sorted(slices.Values(buildarg.GoSettings())), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Error(diff)
	}
	if got["GOPRIVATE"] != "corp.example/private" {
		t.Errorf("GOPRIVATE is %q", got["GOPRIVATE"])
	}
	t.Setenv("PATH", dir)
	if got := GoEnv(t.Context()); got != nil {
		t.Errorf("without a go command: %v", got)
	}
}
