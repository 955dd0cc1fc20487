package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/verify"
)

// gitSecrets are what BuildKit asks for to fetch from a host, in its order, and what is given.
func gitSecrets(t *testing.T, j *job, host string) (given []string) {
	t.Helper()
	for _, id := range []string{"GIT_AUTH_HEADER." + host, "GIT_AUTH_TOKEN." + host, "GIT_AUTH_HEADER", "GIT_AUTH_TOKEN"} {
		if value, err := secretOf(t, j.opt.Session, id); err == nil {
			given = append(given, id+"="+value)
		}
	}
	return given
}

// TestBareSecrets: secrets that name no host go to the host of the repository that the user has named as the source, and not to those of other
// contexts.
func TestBareSecrets(t *testing.T) {
	t.Setenv("T", "canary")
	t.Setenv("OWN", "own")
	for _, c := range []struct {
		source  string
		secrets []string
		want    []string
	}{
		{"https://git.example/me/app.git", []string{"id=GIT_AUTH_TOKEN,env=T"}, []string{"GIT_AUTH_TOKEN.git.example=canary"}},
		{"https://git.example/me/app.git#main:svc", []string{"id=GIT_AUTH_HEADER,env=T"}, []string{"GIT_AUTH_HEADER.git.example=canary"}},
		{"https://git.example/me/app.git", []string{"id=GIT_AUTH_TOKEN.git.example,env=OWN", "id=GIT_AUTH_TOKEN,env=T"}, []string{"GIT_AUTH_TOKEN.git.example=own"}},
		{"https://git.example:8443/me/app.git", []string{"id=GIT_AUTH_TOKEN,env=T"}, nil},
	} {
		env, _, _ := testEnv(t, nil)
		var mistakes diag.List
		j := newJob(t.Context(), env, JobOptions{
			Source: SourceOptions{Dir: c.source}, Secrets: SecretOptions{Secrets: c.secrets}, Daemon: DaemonOptions{Progress: "plain"},
			Contexts: ContextOptions{"lib=https://other.example/lib.git"},
		}, false, &mistakes)
		if err := mistakes.Err(); err != nil {
			t.Fatal(err)
		}
		if got := gitSecrets(t, j, "git.example"); !slices.Equal(got, c.want) {
			t.Errorf("%s: git.example gets %q, want %q", c.source, got, c.want)
		}
		if got := gitSecrets(t, j, "other.example"); len(got) > 0 {
			t.Errorf("%s: other.example gets %q", c.source, got)
		}
	}
	recipe := verify.Recipe{Revision: verifiedHash, Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	a := preparedAgain(t, "https://git.example/me/app.git", func(o *VerifyOptions) {
		o.Secrets.Secrets, o.Contexts = []string{"id=GIT_AUTH_TOKEN,env=T"}, ContextOptions{"lib=https://other.example/lib.git"}
	}, recipe)
	if got := gitSecrets(t, a.job, "git.example"); !slices.Equal(got, []string{"GIT_AUTH_TOKEN.git.example=canary"}) {
		t.Errorf("verify: git.example gets %q", got)
	}
	if got := gitSecrets(t, a.job, "other.example"); len(got) > 0 {
		t.Errorf("verify: other.example gets %q", got)
	}
}

// TestBareSecretsRefused: where the source is no repository of the user's, they would go wherever BuildKit fetches from.
func TestBareSecretsRefused(t *testing.T) {
	t.Setenv("T", "canary")
	for _, id := range []string{"GIT_AUTH_TOKEN", "GIT_AUTH_HEADER"} {
		code, said := verifyCode(t, "--secret", "id="+id+",env=T", "127.0.0.1:1/app")
		if code != ExitUsage || !strings.Contains(said, id+" names no host") || !strings.Contains(said, "write id="+id+".HOST") {
			t.Errorf("verify: %d, %s", code, said)
		}
		if code, said := verifyCode(t, "--secret", "id="+id+".git.example,env=T", "oci-archive:/does/not/exist"); code == ExitUsage {
			t.Errorf("verify with a host: %d, %s", code, said)
		}
		if code, said := verifyCode(t, "--ssh", "default", "127.0.0.1:1/app"); code != ExitUsage || !strings.Contains(said, "--ssh: keys name no host") {
			t.Errorf("verify with keys: %d, %s", code, said)
		}
		dir := t.TempDir()
		writeFile(t, dir, "go.mod", "module example.com/app\n")
		for value, refused := range map[string]bool{"lib=https://other.example/lib.git": true, "lib=https://other.example/lib.tar.gz": false, "lib=" + dir: false} {
			env, _, _ := testEnv(t, nil)
			var mistakes diag.List
			newJob(t.Context(), env, JobOptions{Source: SourceOptions{Dir: dir}, Secrets: SecretOptions{Secrets: []string{"id=" + id + ",env=T"}}, Contexts: ContextOptions{value}, Daemon: DaemonOptions{Progress: "plain"}}, false, &mistakes)
			if got := len(mistakes) == 1 && strings.Contains(mistakes.Err().Error(), "write id="+id+".HOST"); got != refused || len(mistakes) > 1 {
				t.Errorf("%s beside %s: %v", id, value, mistakes.Err())
			}
		}
	}
}

// TestAddressLogin: an address with a password is refused before anybody is asked, and not repeated.
func TestAddressLogin(t *testing.T) {
	for address, refused := range map[string]bool{
		"https://me:canary@git.example/x.git":       true,
		"https://canary@git.example:8443/x.git":     true,
		"http://me:canary@git.example/x.tar.gz":     true,
		"git://me:canary@git.example/x.git":         true,
		"HTTPS://me:canary@git.example/x.git#main":  true,
		"https://me:can/ary@git.example/x.git":      true,
		"https://me:can%ary@git.example/x.git":      true,
		"ssh://git:canary@git.example/x.git":        true,
		"ssh://git@git.example/x.git":               false,
		"git@git.example:x.git":                     false,
		"https://git.example/x@v1.2.3.tar.gz":       false,
		"docker-image://debian@sha256:" + digits:    false,
		"oci-layout://some/where@sha256:" + digits:  false,
		"https://git.example/x.git?tag=a@b#me@here": false,
		"some/dir@2": false,
	} {
		wrong := loginIn(address)
		if (wrong != nil) != refused {
			t.Errorf("%s: %v", address, wrong)
		}
		if !refused {
			continue
		}
		for _, args := range [][]string{{"build", address}, {"build", "--build-context", "lib=" + address, t.TempDir()}, {"plan", address}, {"check", address}, {"targets", address}, {"annotate", address}} {
			env, stdout, stderr := testEnv(t, nil)
			cmd := map[string]func(Env) *cobra.Command{"build": NewBuildCommand, "plan": newPlanCommand, "check": newCheckCommand, "targets": newTargetsCommand, "annotate": newAnnotateCommand}[args[0]](env)
			cmd.SetArgs(args[1:])
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			code := Report(stderr, cmd.ExecuteContext(t.Context()))
			said := stdout.String() + stderr.String()
			if code != ExitUsage || strings.Contains(said, "canary") || strings.Contains(said, "ary@") {
				t.Errorf("%q: %d, %s", args, code, said)
			}
		}
	}
}
