package buildcmd

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
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
				"HTTP_PROXY is not handed to the build: the address has a user name or a password in it, which would be kept in the record of the build",
				"HTTPS_PROXY is not handed to the build: the address has a user name or a password in it, which would be kept in the record of the build",
				"http_proxy is not handed to the build: the address has a user name or a password in it, which would be kept in the record of the build",
			}},
		{name: "module proxy with a password", variables: map[string]string{"GOPROXY": "https://a.example|https://u:pw@b.example,direct"}, want: map[string]string{},
			mistakes: []string{"GOPROXY: the address has a user name or a password in it, which would be kept in the record of the build; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
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

// The go command that runs this test answers, from any directory, without looking at a go.mod there; what it has by default is
// left to the configuration.
func TestGoEnv(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Fatal("the go command that runs this test is not in the PATH")
	}
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", "module x\n\ngo 99.9\n")
	t.Chdir(dir)
	userFile := filepath.Join(dir, "user.env")
	t.Setenv("GOENV", userFile)
	for _, name := range buildarg.GoSettings() {
		t.Setenv(name, "")
	}
	defaults := goenv.Settings{Proxy: "https://default.example", SumDB: "sum.golang.org"}
	for _, test := range []struct {
		user, private string
		want          map[string]string
	}{
		{"", "", map[string]string{}},
		{"", "corp.example/private", map[string]string{"GOPRIVATE": "corp.example/private"}},
		{"GOPROXY=https://mine.example\nGOSUMDB=off\n", "", map[string]string{"GOPROXY": "https://mine.example", "GOSUMDB": "off"}},
	} {
		writeFile(t, dir, "user.env", test.user)
		t.Setenv("GOPRIVATE", test.private)
		if diff := cmp.Diff(test.want, changedGoEnv(t.Context(), defaults)); diff != "" {
			t.Errorf("%+v: %s", test, diff)
		}
	}
	writeFile(t, dir, "user.env", "")
	if got := changedGoEnv(t.Context(), goenv.Settings{SumDB: "sum.golang.org"}); got["GOPROXY"] == "" || got["GOSUMDB"] != "" {
		t.Errorf("for a program without a default proxy: %v", got)
	}
	t.Setenv("PATH", dir)
	if got := GoEnv(t.Context()); got != nil {
		t.Errorf("without a go command: %v", got)
	}
}

// TestOldGoEnv has a go command that does not know `go env -changed`.
func TestOldGoEnv(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the go command is a shell script")
	}
	dir := t.TempDir()
	writeFile(t, dir, "go", `#!/bin/sh
case "$*" in *-changed*) exit 2;; esac
echo '{"GOPROXY": "https://default.example", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "a.example", "GONOPROXY": "a.example", "GONOSUMDB": "b.example"}'
`)
	if err := os.Chmod(filepath.Join(dir, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, test := range []struct {
		defaults goenv.Settings
		want     map[string]string
	}{
		{goenv.Settings{Proxy: "https://default.example", SumDB: "sum.golang.org"}, map[string]string{"GOPRIVATE": "a.example", "GONOSUMDB": "b.example"}},
		{goenv.Settings{Proxy: "https://other.example", SumDB: "off"},
			map[string]string{"GOPROXY": "https://default.example", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "a.example", "GONOSUMDB": "b.example"}},
	} {
		if diff := cmp.Diff(test.want, changedGoEnv(t.Context(), test.defaults)); diff != "" {
			t.Errorf("%+v: %s", test.defaults, diff)
		}
	}
}
