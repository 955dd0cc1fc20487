package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/netrc"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// helper is the configuration of git with a helper for one host, which also writes down that it was asked.
func helper(host, password, note string) string {
	return fmt.Sprintf("[credential %q]\n\thelper = \"!f() { echo x >> %s; test \\\"$1\\\" = get && echo username=me && echo password=%s; }; f\"\n", "https://"+host, note, password)
}

// TestHostLogins: what the credential helpers of git know is there for a step that asks for it, and for its host alone. Each host is asked
// for once, nobody is prompted, and the configuration of what is built has no say.
func TestHostLogins(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		testbed.Missing(t, "git")
	}
	dir, home := t.TempDir(), t.TempDir()
	asked, foreign, prompted := filepath.Join(home, "asked"), filepath.Join(home, "foreign"), filepath.Join(home, "prompted")
	t.Setenv("GIT_CONFIG_GLOBAL", writeFile(t, home, "gitconfig", helper("git.example", "canary", asked)+helper("git.example:8443", "port", asked)))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	prompt := writeFile(t, home, "prompt", "#!/bin/sh\necho x >> "+prompted+"\necho answer\n")
	if err := os.Chmod(prompt, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_ASKPASS", prompt)
	t.Setenv("SSH_ASKPASS", prompt)
	if out, err := exec.Command("git", "init", "--quiet", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	writeFile(t, dir, ".git/config", helper("other.example", "evil", foreign))
	t.Chdir(dir)
	env, _, _ := testEnv(t, map[string]string{"HOME": home, "PATH": os.Getenv("PATH")})
	job := func(o SecretOptions) *job {
		t.Helper()
		var mistakes diag.List
		j := newJob(t.Context(), env, JobOptions{Source: SourceOptions{Dir: dir}, Secrets: o, Daemon: DaemonOptions{Progress: "plain"}}, false, &mistakes)
		if err := mistakes.Err(); err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := job(SecretOptions{})
	for range 2 {
		for host, want := range map[string]string{"git.example": netrc.Basic("me", "canary"), "git.example:8443": netrc.Basic("me", "port"), "other.example": "", "evil.git.example": ""} {
			got, err := secretOf(t, j.opt.Session, request.IDGitClient+"."+host)
			if got != want || (err == nil) != (want != "") {
				t.Errorf("for %s there is %q, %v", host, got, err)
			}
		}
	}
	if got, err := secretOf(t, j.opt.Session, request.IDGitToken+".git.example"); err == nil {
		t.Errorf("nobody gave the token %q", got)
	}
	for _, host := range []string{"git.example\nprotocol=https", "git.example\n", "git.example/x", "git.example x", " git.example", "me@git.example", "git.example:", "git.example:x", "", "-git.example"} {
		if got, err := secretOf(t, j.opt.Session, request.IDGitClient+"."+host); err == nil {
			t.Errorf("for %q there is %q", host, got)
		}
	}
	if text, err := os.ReadFile(asked); err != nil || strings.Count(string(text), "x") != 2 {
		t.Errorf("the helper was asked %q times, %v", text, err)
	}
	for _, name := range []string{foreign, prompted} {
		if isFile(name) {
			t.Errorf("%s was run", filepath.Base(name))
		}
	}
	if got, err := secretOf(t, job(SecretOptions{withoutRegistries: true}).opt.Session, request.IDGitClient+".git.example"); err == nil {
		t.Errorf("what others say is built gets %q", got)
	}
}

// TestGoAuth: the forms of GOAUTH count in their order, before git's own helpers.
func TestGoAuth(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		testbed.Missing(t, "git")
	}
	home, elsewhere := t.TempDir(), t.TempDir()
	note := filepath.Join(home, "note")
	t.Setenv("GIT_CONFIG_GLOBAL", writeFile(t, home, "gitconfig", helper("git.example", "helper", note)))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	if out, err := exec.Command("git", "init", "--quiet", elsewhere).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	writeFile(t, elsewhere, ".git/config", helper("dir.example", "dir", note))
	writeFile(t, home, ".netrc", "machine netrc.example login me password netrc\nmachine git.example login me password netrc\nmachine both.example login me password netrc\n")
	other := writeFile(t, home, "other", "machine netrc.example login me password other\n")
	command := func(name, text string) string {
		file := writeFile(t, home, name, "#!/bin/sh\n"+text)
		if err := os.Chmod(file, 0o755); err != nil {
			t.Fatal(err)
		}
		return file
	}
	all := command("all", `[ $# = 1 ] || exit 1
printf 'https://all.example\nhttps://both.example/\n\nX-Other: 1\nAuthorization: Bearer %s\n\nhttps://path.example/x\n\nAuthorization: Bearer path\n\n' "$1"
`)
	one := command("one", `[ "$1" = https://one.example ] && printf '%s\n\nAuthorization: Bearer one\n\n' "$1"
`)
	for name, c := range map[string]struct {
		env      map[string]string
		host     string
		want     string
		warnings []string
	}{
		"netrc without a word":        {nil, "netrc.example", netrc.Basic("me", "netrc"), nil},
		"netrc with a port":           {nil, "netrc.example:8443", netrc.Basic("me", "netrc"), nil},
		"another netrc":               {map[string]string{"NETRC": other}, "netrc.example", netrc.Basic("me", "other"), nil},
		"netrc before git":            {nil, "git.example", netrc.Basic("me", "netrc"), nil},
		"git":                         {map[string]string{"NETRC": other}, "git.example", netrc.Basic("me", "helper"), nil},
		"off":                         {map[string]string{"GOAUTH": "off"}, "git.example", "", nil},
		"git in a folder":             {map[string]string{"GOAUTH": "git " + elsewhere}, "dir.example", netrc.Basic("me", "dir"), nil},
		"git in a folder, no netrc":   {map[string]string{"GOAUTH": "git " + elsewhere}, "netrc.example", "", nil},
		"git without a folder":        {map[string]string{"GOAUTH": "git; netrc"}, "netrc.example", netrc.Basic("me", "netrc"), []string{"of GOAUTH is not taken: git without the absolute path of a folder"}},
		"a command":                   {map[string]string{"GOAUTH": all + " canary"}, "all.example", "Bearer canary", nil},
		"a command in the PATH":       {map[string]string{"GOAUTH": "all canary"}, "all.example", "Bearer canary", nil},
		"a command for one":           {map[string]string{"GOAUTH": one}, "one.example", "Bearer one", nil},
		"a command, then netrc":       {map[string]string{"GOAUTH": all + " x;netrc"}, "both.example", "Bearer x", nil},
		"netrc, then a command":       {map[string]string{"GOAUTH": "netrc; " + all + " x"}, "both.example", netrc.Basic("me", "netrc"), nil},
		"a command, for a path":       {map[string]string{"GOAUTH": all + " x"}, "path.example", "", nil},
		"a command that is not there": {map[string]string{"GOAUTH": "none;netrc"}, "netrc.example", netrc.Basic("me", "netrc"), nil},
		"a command with quotes":       {map[string]string{"GOAUTH": all + ` "canary"`}, "all.example", "", []string{"of GOAUTH is not taken: a command with quotes"}},
		"a command of the folder":     {map[string]string{"GOAUTH": "./all x"}, "all.example", "", []string{"of GOAUTH is not taken: a command whose path is relative"}},
		"a command that fails":        {map[string]string{"GOAUTH": all + ";netrc"}, "netrc.example", netrc.Basic("me", "netrc"), nil},
		"nobody knows":                {nil, "unknown.example", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			vars := map[string]string{"HOME": home, "PATH": home + string(filepath.ListSeparator) + os.Getenv("PATH")}
			for k, v := range c.env {
				vars[k] = v
			}
			env, _, _ := testEnv(t, vars)
			var mistakes diag.List
			j := newJob(t.Context(), env, JobOptions{Source: SourceOptions{Dir: t.TempDir()}, Daemon: DaemonOptions{Progress: "plain"}}, false, &mistakes)
			if got, _ := secretOf(t, j.opt.Session, request.IDGitClient+"."+c.host); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, w := range c.warnings {
				if !strings.Contains(strings.Join(j.warnings, "\n"), w) {
					t.Errorf("it warns %q, want %q", j.warnings, w)
				}
			}
			if said := fmt.Sprint(j.warnings, j.opt.FrontendAttrs); strings.Contains(said, "canary") {
				t.Errorf("it says %s", said)
			}
		})
	}
}

// TestParseGitCredential: git says more than a name and a password.
func TestParseGitCredential(t *testing.T) {
	for text, want := range map[string]string{
		"protocol=https\nhost=git.example\nusername=me\npassword=a=b\n":           netrc.Basic("me", "a=b"),
		"capability[]=authtype\nauthtype=Bearer\ncredential=t0ken\nephemeral=1\n": "Bearer t0ken",
		"protocol=https\nhost=git.example\nusername=me\n":                         "",
		"": "",
	} {
		if got := parseGitCredential(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
