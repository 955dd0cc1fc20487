package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"google.golang.org/grpc"

	"github.com/modship-build/modship/internal/diag"
)

// secretOf asks what a session has for a secret, over the interface that BuildKit asks.
func secretOf(t *testing.T, all []session.Attachable, id string) (string, error) {
	t.Helper()
	for _, a := range all {
		if s, ok := a.(secrets.SecretsServer); ok {
			a.Register(grpc.NewServer())
			resp, err := s.GetSecret(t.Context(), &secrets.GetSecretRequest{ID: id})
			return string(resp.GetData()), err
		}
	}
	return "", errors.New("no secrets")
}

// TestLoginsBecomeSecrets: what stands in the addresses of flags and of the environment is in no option of the build, and before the
// netrc file of the user, whatever that is given by.
func TestLoginsBecomeSecrets(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, dir, "netrc", "machine b.example login file password other\n")
	t.Setenv("MY_NETRC", "machine c.example login env password other\n")
	const lines = "machine b.example login ci password canary\nmachine p.example login me password canary\n"
	for name, c := range map[string]struct {
		secrets []string
		want    string
	}{
		"no file":  {nil, lines},
		"a file":   {[]string{"id=netrc,src=" + file}, lines + "machine b.example login file password other\n"},
		"source":   {[]string{"type=file,id=netrc,source=" + file}, lines + "machine b.example login file password other\n"},
		"env":      {[]string{"id=netrc,env=MY_NETRC"}, lines + "machine c.example login env password other\n"},
		"type=env": {[]string{"id=netrc,type=env,src=MY_NETRC"}, lines + "machine c.example login env password other\n"},
		"another":  {[]string{"id=token,src=" + file}, lines},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := testEnv(t, map[string]string{"HTTPS_PROXY": "http://me:canary@p.example:3128", "GOPROXY": "https://ci:canary@never.example"})
			var mistakes diag.List
			o := JobOptions{Source: SourceOptions{Dir: dir, BuildArgs: []string{"GOPROXY=https://a.example|https://ci:canary@b.example/go,off"}}, Secrets: SecretOptions{Secrets: c.secrets}, Daemon: DaemonOptions{Progress: "plain"}}
			j := newJob(t.Context(), env, o, false, &mistakes)
			if err := mistakes.Err(); err != nil {
				t.Fatal(err)
			}
			if got := j.opt.FrontendAttrs; got["build-arg:GOPROXY"] != "https://a.example|https://b.example/go,off" || got["build-arg:HTTPS_PROXY"] != "http://p.example:3128" || strings.Contains(fmt.Sprint(got), "canary") {
				t.Errorf("the options are %v", got)
			}
			// The environment's come before those of flags.
			want := strings.Join([]string{strings.Split(lines, "\n")[1], strings.Split(lines, "\n")[0]}, "\n") + "\n" + strings.TrimPrefix(c.want, lines)
			if got, err := secretOf(t, j.opt.Session, "netrc"); got != want || err != nil {
				t.Errorf("netrc is %q, %v, want %q", got, err, want)
			}
			if got, err := secretOf(t, j.opt.Session, "none"); err == nil {
				t.Errorf("a secret that nobody gives is %q", got)
			}
		})
	}
}

// TestLoginsStay: what is built for somebody else takes no login of this machine, and says so.
func TestLoginsStay(t *testing.T) {
	env, _, _ := testEnv(t, map[string]string{"GOPROXY": "https://ci:canary@b.example"})
	var mistakes diag.List
	o := JobOptions{Source: SourceOptions{Dir: t.TempDir()}, Secrets: SecretOptions{withoutRegistries: true}, Daemon: DaemonOptions{Progress: "plain"}}
	j := newJob(t.Context(), env, o, false, &mistakes)
	if got := strings.Join(messages(mistakes), "\n"); !strings.Contains(got, "GOPROXY of the environment: the address has a user name or a password in it") || strings.Contains(got, "canary") {
		t.Errorf("mistakes are %q", got)
	}
	if got, err := secretOf(t, j.opt.Session, "netrc"); err == nil {
		t.Errorf("netrc is %q", got)
	}
}

// TestSecretFails: a netrc that cannot be read is no reason to go on without it.
func TestSecretFails(t *testing.T) {
	l := &logins{[]login{{host: "a.example", user: "u", password: "p"}}}
	broken := errors.New("broken")
	if text, err := l.over(failing{broken}).GetSecret(t.Context(), "netrc"); !errors.Is(err, broken) {
		t.Errorf("%q, %v", text, err)
	}
	store, err := secretsprovider.NewStore(nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := (*logins)(nil).over(store).GetSecret(t.Context(), "netrc"); !errors.Is(err, secrets.ErrNotFound) {
		t.Errorf("%q, %v", text, err)
	}
}

type failing struct{ error }

func (f failing) GetSecret(context.Context, string) ([]byte, error) { return nil, f.error }
