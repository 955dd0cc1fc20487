package cli

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/session/sshforward"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/verify"
)

func TestWithCA(t *testing.T) {
	dir := t.TempDir()
	own, second := writeFile(t, dir, "own,quoted.pem", ""), writeFile(t, dir, "second.pem", "")
	big := writeFile(t, dir, "big.pem", "")
	if err := os.Truncate(big, secretsprovider.MaxSecretSize+1); err != nil {
		t.Fatal(err)
	}
	bundles := []string{filepath.Join(dir, "first.pem"), dir, second}
	for _, tc := range []struct {
		name      string
		secrets   []string
		variables map[string]string
		want      []string
		warned    bool
	}{
		{name: "the system's", want: []string{"id=ca,src=" + second}},
		{name: "beside others", secrets: []string{"id=netrc,src=x"}, want: []string{"id=netrc,src=x", "id=ca,src=" + second}},
		{name: "SSL_CERT_FILE", variables: map[string]string{"SSL_CERT_FILE": own}, want: []string{`id=ca,"src=` + own + `"`}},
		{name: "SSL_CERT_FILE that is not there", variables: map[string]string{"SSL_CERT_FILE": "/none"}, warned: true},
		{name: "larger than a secret may be", variables: map[string]string{"SSL_CERT_FILE": big}, warned: true},
		{name: "given beside one that is not there", secrets: []string{"id=ca,src=mine"}, variables: map[string]string{"SSL_CERT_FILE": "/none"}, want: []string{"id=ca,src=mine"}},
		{name: "given", secrets: []string{"type=file,id=ca,src=mine"}, want: []string{"type=file,id=ca,src=mine"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, withCA(tc.secrets, lookup(tc.variables), bundles)); diff != "" {
				t.Error(diff)
			}
			env, _, _ := testEnv(t, tc.variables)
			if _, warnings := (SecretOptions{Secrets: tc.secrets}).attachables(env, nil, nil, nil, &diag.List{}); (len(warnings) == 1) != tc.warned {
				t.Errorf("it warns of %q", warnings)
			}
		})
	}
}

func TestAttachablesMistakes(t *testing.T) {
	env, _, _ := testEnv(t, nil)
	t.Setenv("SSH_AUTH_SOCK", filepath.Join(t.TempDir(), "none"))
	for _, tc := range []struct {
		name    string
		options SecretOptions
		want    int
	}{
		{name: "none", options: SecretOptions{Secrets: []string{"id=token,env=TOKEN"}}},
		{name: "secrets", options: SecretOptions{Secrets: []string{"id=x,src=/does/not/exist", "src=/dev/null", "id=y,surce=z", "id=ok,env=OK"}}, want: 3},
		{name: "ssh", options: SecretOptions{SSH: []string{"default"}}, want: 1},
		{name: "ssh syntax", options: SecretOptions{SSH: []string{"default=a,raw=x"}}, want: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			tc.options.attachables(env, nil, nil, nil, &mistakes)
			if len(mistakes) != tc.want {
				t.Errorf("%d mistakes, want %d: %q", len(mistakes), tc.want, messages(mistakes))
			}
		})
	}
}

// TestNoAgent: what is wrong with an agent is said without the words in which BuildKit keeps the flag.
func TestNoAgent(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "none")
	for socket, want := range map[string]string{"": "--ssh: make sure SSH_AUTH_SOCK is set", gone: "--ssh: stat " + gone + ": no such file or directory"} {
		t.Setenv("SSH_AUTH_SOCK", socket)
		var mistakes diag.List
		sshProvider([]string{"default"}, &mistakes)
		if got := messages(mistakes); len(got) != 1 || got[0] != want {
			t.Errorf("with the socket %q: %q, want %q", socket, got, want)
		}
	}
}

// TestSSHFlag: what fetches modules may be given an agent, whatever is asked of it.
func TestSSHFlag(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", bare)
	for name, newCommand := range map[string]func(Env) *cobra.Command{"build": NewBuildCommand, "plan": newPlanCommand, "check": newCheckCommand, "targets": newTargetsCommand} {
		env, _, _ := testEnv(t, nil)
		cmd := newCommand(env)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{"--ssh", "default=" + filepath.Join(dir, "none"), dir})
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "--ssh: ") || !strings.Contains(err.Error(), "none") {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := preparedAgain(t, dir, nil, verify.Recipe{Platforms: []string{"linux/amd64"}, Compression: "gzip"})
	if slices.ContainsFunc(a.opt.Session, isAgent) {
		t.Error("verify: there is an agent without --ssh")
	}
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	a = preparedAgain(t, dir, func(o *VerifyOptions) { o.Secrets.SSH = []string{"default=" + socket} }, verify.Recipe{Platforms: []string{"linux/amd64"}, Compression: "gzip"})
	if !slices.ContainsFunc(a.opt.Session, isAgent) {
		t.Error("verify: there is no agent with --ssh")
	}
}

func isAgent(a session.Attachable) bool { _, ok := a.(sshforward.SSHServer); return ok }

// TestUnusedCredentials: a secret that no step asks for is not dropped without a word.
func TestUnusedCredentials(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options SecretOptions
		want    []string
	}{
		{"none", SecretOptions{}, nil},
		{"known", SecretOptions{Secrets: []string{"id=ca,src=x", "id=netrc,env=Y"}}, nil},
		{"another", SecretOptions{Secrets: []string{"id=github_token"}},
			[]string{"--secret id=github_token has no effect: no step asks for it; steps ask for the secrets ca, certificates to trust, netrc, passwords of module proxies and repositories, GIT_AUTH_TOKEN.HOST and GIT_AUTH_HEADER.HOST, and known_hosts for --ssh"}},
		{"near", SecretOptions{Secrets: []string{"src=x,id=netcr"}}, []string{`--secret id=netcr has no effect: no step asks for it; did you mean "netrc"?`}},
		{"for repositories", SecretOptions{Secrets: []string{"id=GIT_AUTH_TOKEN.git.example", "id=GIT_AUTH_HEADER", "id=known_hosts"}}, nil},
		{"an agent", SecretOptions{SSH: []string{"default", "default=key"}}, nil},
		{"another agent", SecretOptions{SSH: []string{"work=key"}}, []string{"--ssh work has no effect: steps ask for default alone"}},
		{"no secret at all", SecretOptions{Secrets: []string{"x", ""}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.options.unused()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
