package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/toolchain"
)

func TestDefaultArgs(t *testing.T) {
	goEnv := map[string]string{"GOPROXY": "https://go.example,direct", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "corp.example/*", "GONOSUMDB": ""}
	for _, tc := range []struct {
		name              string
		variables, goEnv  map[string]string
		explicit          []string
		want              map[string]string
		mistakes, warning []string
		logins            []login
	}{
		{name: "an empty machine", want: map[string]string{}},
		{name: "go env", goEnv: goEnv, want: map[string]string{"GOPROXY": "https://go.example,direct", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "corp.example/*"}},
		{name: "environment", goEnv: goEnv, variables: map[string]string{"GOPROXY": "https://env.example", "GOSUMDB": "off"},
			want: map[string]string{"GOPROXY": "https://env.example", "GOSUMDB": "off", "GOPRIVATE": "corp.example/*"}},
		{name: "an empty variable is none", goEnv: goEnv, variables: map[string]string{"GOPROXY": "", "GONOSUMDB": "a.example"},
			want: map[string]string{"GOPROXY": "https://go.example,direct", "GOSUMDB": "sum.golang.org", "GOPRIVATE": "corp.example/*", "GONOSUMDB": "a.example"}},
		{name: "flags", goEnv: goEnv, explicit: []string{"GOPROXY=x", "GOSUMDB", "GOPRIVATEX=1"}, want: map[string]string{"GOPRIVATE": "corp.example/*"}},
		{name: "environment without go", variables: map[string]string{"GOPRIVATE": "a"}, want: map[string]string{"GOPRIVATE": "a"}},
		{name: "proxies", variables: map[string]string{"HTTP_PROXY": "http://p:1", "https_proxy": "p:2", "NO_PROXY": "localhost,.corp", "SOURCE_DATE_EPOCH": "0", "no_proxy": ""},
			want: map[string]string{"HTTP_PROXY": "http://p:1", "https_proxy": "p:2", "NO_PROXY": "localhost,.corp", "SOURCE_DATE_EPOCH": "0"}},
		{name: "proxies that flags replace", variables: map[string]string{"http_proxy": "http://env.example", "HTTP_PROXY": "http://env.example", "HTTPS_PROXY": "http://me:pw@env.example", "no_proxy": "x"},
			explicit: []string{"HTTP_PROXY=http://mine.example", "https_proxy=", "NO_PROXYX=1"}, want: map[string]string{"no_proxy": "x"}},
		{name: "proxy with a password", variables: map[string]string{"HTTP_PROXY": "http://u:pw@p:1", "HTTPS_PROXY": "u:pw@p:1", "http_proxy": "http://u@p"},
			want:   map[string]string{"HTTP_PROXY": "http://p:1", "HTTPS_PROXY": "p:1"},
			logins: []login{{"p", "u", "pw", true}},
			warning: []string{
				"http_proxy is not handed to the build: the address has a user name and no password, and netrc has both or neither",
			}},
		{name: "module proxies with passwords", variables: map[string]string{"GOPROXY": "https://a.example|https://u:p%40w%2F@b.example:8443/go,https://v:%C3%A4@c.example,direct", "GOSUMDB": "sum.golang.org https://w:pw@d.example/db"},
			want:   map[string]string{"GOPROXY": "https://a.example|https://b.example:8443/go,https://c.example,direct", "GOSUMDB": "sum.golang.org https://d.example/db"},
			logins: []login{{"b.example", "u", "p@w/", false}, {"c.example", "v", "ä", false}, {"d.example", "w", "pw", false}}},
		{name: "module proxy with a user name alone", variables: map[string]string{"GOPROXY": "https://a.example|https://token@b.example,direct"}, want: map[string]string{},
			mistakes: []string{"GOPROXY of the environment: the address has a user name and no password, and netrc has both or neither; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
		{name: "module proxy with a password alone", variables: map[string]string{"GOPROXY": "https://:pw@b.example"}, want: map[string]string{},
			mistakes: []string{"GOPROXY of the environment: the address has a password and no user name, and netrc has both or neither; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
		{name: "module proxy with white space", variables: map[string]string{"GOPROXY": "https://me:p%20w@b.example"}, want: map[string]string{},
			mistakes: []string{"GOPROXY of the environment: the user name or the password in the address has white space in it, which netrc cannot say; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
		{name: "module proxy with a slash in the password", variables: map[string]string{"GOPROXY": "https://me:p/w@b.example"}, want: map[string]string{},
			mistakes: []string{"GOPROXY of the environment: the user name and the password in the address cannot be told apart: write signs such as / and @ in them as %2F and %40; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
		{name: "module proxy with a password over plain http", variables: map[string]string{"GOPROXY": "http://u:pw@b.example"}, want: map[string]string{},
			mistakes: []string{"GOPROXY of the environment: a password in an http address would be read by everybody on the way; use https"}},
		{name: "two passwords for a host", variables: map[string]string{"GOPROXY": "https://u:pw@b.example/x|https://u:other@b.example/y"}, want: map[string]string{}, logins: []login{{"b.example", "u", "pw", false}},
			mistakes: []string{"GOPROXY of the environment: netrc has one user name and password for each host, and two are given for the same; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPROXY=URL"}},
		{name: "a pattern with a password", variables: map[string]string{"GOPRIVATE": "u:pw@b.example"}, want: map[string]string{},
			mistakes: []string{"GOPRIVATE of the environment: the address has a user name or a password in it, which would be kept in the record of the build; " +
				"put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg GOPRIVATE=URL"}},
		{name: "module proxy with a password that a flag replaces", variables: map[string]string{"GOPROXY": "https://u:pw@b.example"}, explicit: []string{"GOPROXY=https://b.example"}, want: map[string]string{}},
		{name: "a checksum database with its key", variables: map[string]string{"GOPROXY": "off", "GOSUMDB": "sum.corp.example+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8= https://sum.corp.example"},
			want: map[string]string{"GOPROXY": "off", "GOSUMDB": "sum.corp.example+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8= https://sum.corp.example"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			env := Env{LookupEnv: lookup(tc.variables), GoEnv: func(context.Context) ([]GoEnvFile, error) {
				return []GoEnvFile{{Path: "/home/me/go/env", Vars: tc.goEnv}}, nil
			}}
			l := logins{}
			got, _, warnings := defaultArgs(t.Context(), env, tc.explicit, &l, &mistakes)
			if diff := cmp.Diff(tc.logins, l.all, cmp.AllowUnexported(login{})); diff != "" {
				t.Error(diff)
			}
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

// TestGoSettings: each variable is that of the first place that has it.
func TestGoSettings(t *testing.T) {
	env := Env{LookupEnv: lookup(map[string]string{"GOPROXY": "https://env.example", "GOSUMDB": ""}), GoEnv: func(context.Context) ([]GoEnvFile, error) {
		return []GoEnvFile{
			{"/home/me/env", map[string]string{"GOPROXY": "https://user.example", "GOPRIVATE": "corp.example", "GOFLAGS": "-tags=mine\n\x1b[2J"}},
			{"/usr/lib/go/go.env", map[string]string{"GOPROXY": "direct", "GOSUMDB": "off", "GOPRIVATE": "x"}},
		}, nil
	}}
	got, warnings := goSettings(t.Context(), env)
	want := map[string]goSetting{
		"GOPROXY": {"https://env.example", "the environment"}, "GOPRIVATE": {"corp.example", "/home/me/env"}, "GOSUMDB": {"off", "/usr/lib/go/go.env"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(goSetting{})); diff != "" {
		t.Error(diff)
	}
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "GOFLAGS of /home/me/env is not taken over: -tags=mine") || strings.ContainsAny(warnings[0], "\n\x1b") {
		t.Errorf("warnings are %q", warnings)
	}
	env.GoEnv = func(context.Context) ([]GoEnvFile, error) { return nil, errors.New("exit status 1: no such GOROOT") }
	got, warnings = goSettings(t.Context(), env)
	if len(got) != 1 || got["GOPROXY"].value != "https://env.example" || len(warnings) != 1 || !strings.Contains(warnings[0], "no such GOROOT") {
		t.Errorf("got %v, warnings %q", got, warnings)
	}
}

// TestPlaceSettings: what is wrong with a setting of the machine names the file that has it; with a flag, the flag's name alone.
func TestPlaceSettings(t *testing.T) {
	err := toolchain.Usable(goenv.Settings{Proxy: "direct", SumDB: "off"}, false)
	placeSettings(err, map[string]goSetting{"GOPROXY": {"direct", "/usr/lib/go/go.env"}})
	want := []string{
		"GOPROXY of /usr/lib/go/go.env: direct names no module proxy, and the Go toolchain has to come from one; name one with --build-arg GOPROXY=https://HOST",
		"GOSUMDB: off leaves nothing to verify the Go toolchain with, as no go.sum lists it; name a checksum database with --build-arg GOSUMDB=sum.golang.org, or pin the release in the configuration: go: {version: 1.26.8, sum: h1:…}",
	}
	if diff := cmp.Diff(want, messages(diag.All(err))); diff != "" {
		t.Error(diff)
	}
	placeSettings(errors.New("anything else"), nil)
	placeSettings(nil, nil)
}

// TestGoEnvFiles asks the go command that runs this test, in a folder with a go.mod that it must not look at, and one whose GOROOT has
// other settings, as distributions make them.
func TestGoEnvFiles(t *testing.T) {
	program, err := localfile.FindProgram("go", os.Getenv("PATH"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", "module x\n\ngo 99.9\n")
	t.Chdir(dir)
	user := filepath.Join(dir, "user.env")
	t.Setenv("GOENV", user)
	for _, name := range append(buildarg.GoSettings(), "GOFLAGS", "GOROOT") {
		t.Setenv(name, "")
	}
	root := strings.TrimSpace(string(mustRun(t, program, "env", "GOROOT")))
	defaults := goenv.Settings{Proxy: goDefaults(t, root)["GOPROXY"], SumDB: "sum.golang.org"}
	ask := func(defaults goenv.Settings) map[string]goSetting {
		t.Helper()
		files, err := goEnvFiles(t.Context(), defaults)
		if err != nil {
			t.Fatal(err)
		}
		settings, _ := goSettings(t.Context(), Env{LookupEnv: os.LookupEnv, GoEnv: func(context.Context) ([]GoEnvFile, error) { return files, nil }})
		return settings
	}
	if got := ask(defaults); len(got) > 0 {
		t.Errorf("Go's own defaults: %v", got)
	}
	if got := ask(goenv.Settings{SumDB: "sum.golang.org"}); len(got) != 1 || got["GOPROXY"].value != defaults.Proxy {
		t.Errorf("for a program without a default proxy: %v", got)
	}
	writeFile(t, dir, "user.env", "GOPRIVATE=corp.example\nGOSUMDB=off\n")
	t.Setenv("GOPROXY", "https://env.example")
	want := map[string]goSetting{"GOPROXY": {"https://env.example", "the environment"}, "GOPRIVATE": {"corp.example", user}, "GOSUMDB": {"off", user}}
	if diff := cmp.Diff(want, ask(defaults), cmp.AllowUnexported(goSetting{})); diff != "" {
		t.Error(diff)
	}
	// A GOROOT in the environment that is none is no reason to lose them.
	t.Setenv("GOROOT", "/nonexistent")
	if diff := cmp.Diff(want, ask(defaults), cmp.AllowUnexported(goSetting{})); diff != "" {
		t.Error(diff)
	}
	t.Setenv("GOROOT", "")
	t.Setenv("GOENV", "off")
	t.Setenv("GOPROXY", "")
	fedora := filepath.Join(dir, "root")
	if err := os.Mkdir(fedora, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, fedora, "go.env", "# a comment\nGOPROXY=direct\nGOSUMDB=off\nGOTOOLCHAIN=local\n")
	script(t, dir, `echo '{"GOENV": "off", "GOROOT": "`+fedora+`", "GOPROXY": "direct"}'`)
	file := filepath.Join(fedora, "go.env")
	if diff := cmp.Diff(map[string]goSetting{"GOPROXY": {"direct", file}, "GOSUMDB": {"off", file}}, ask(defaults), cmp.AllowUnexported(goSetting{})); diff != "" {
		t.Error(diff)
	}
	script(t, dir, "echo no such GOROOT >&2; exit 2")
	if _, err := goEnvFiles(t.Context(), defaults); err == nil || !strings.Contains(err.Error(), "no such GOROOT") {
		t.Errorf("a go command that fails: %v", err)
	}
	t.Setenv("PATH", dir+"/nothing")
	if files, err := goEnvFiles(t.Context(), defaults); files != nil || err != nil {
		t.Errorf("without a go command: %v, %v", files, err)
	}
}

// TestOldGoEnv has a go command without a go.env in its GOROOT.
func TestOldGoEnv(t *testing.T) {
	dir := t.TempDir()
	script(t, dir, `echo '{"GOENV": "`+dir+`/none", "GOROOT": "`+dir+`", "GOPROXY": "https://default.example"}'`)
	for proxy, want := range map[string]string{"https://default.example": "", "": "https://default.example"} {
		files, err := goEnvFiles(t.Context(), goenv.Settings{Proxy: proxy, SumDB: "sum.golang.org"})
		if err != nil {
			t.Fatal(err)
		}
		if got := files[1].Vars["GOPROXY"]; got != want {
			t.Errorf("for the default %q: %q, want %q", proxy, got, want)
		}
	}
}

// script makes a go command that is the first in the PATH.
func script(t *testing.T, dir, body string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the go command is a shell script")
	}
	writeFile(t, dir, "go", "#!/bin/sh\n"+body+"\n")
	if err := os.Chmod(filepath.Join(dir, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func mustRun(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func goDefaults(t *testing.T, root string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "go.env"))
	if err != nil {
		t.Fatal(err)
	}
	return goenv.ParseEnvFile(data)
}

// TestProgramFlags: a warning about flags that make no difference would come with every build of a machine that has some.
func TestProgramFlags(t *testing.T) {
	for goflags, want := range map[string]string{
		"":                                       "",
		"-buildvcs=false":                        "",
		"-mod=mod --trimpath -v -p=4":            "",
		"-modcacherw -modfile=other.mod":         "-modfile=other.mod",
		"-tags=extra -buildvcs=false -race":      "-tags=extra -race",
		"-ldflags=-X=main.a=b -mod=vendor -asan": "-ldflags=-X=main.a=b -asan",
	} {
		if got := programFlags(goflags); got != want {
			t.Errorf("of %q %q is left, want %q", goflags, got, want)
		}
	}
}
