package cli

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/session/secrets/secretsprovider"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

// TestKnownHosts: the servers that a user knows are handed over with --ssh, and with them those that the machine knows, as far as a secret may be
// that large.
func TestKnownHosts(t *testing.T) {
	large := strings.Repeat("#", secretsprovider.MaxSecretSize)
	for name, c := range map[string]struct {
		user, second, system string
		want                 string
	}{
		"none":                  {},
		"the user's":            {user: "u\n", want: "u\n"},
		"the machine's":         {system: "m\n", want: "m\n"},
		"both":                  {user: "u\n", system: "m\n", want: "u\nm\n"},
		"a line that is no end": {user: "u", second: "v", system: "m", want: "u\nv\nm\n"},
		"too large together":    {user: "u\n", system: large, want: "u\n"},
		"one too large":         {user: large, system: "m\n", want: "m\n"},
	} {
		t.Run(name, func(t *testing.T) {
			home, etc := t.TempDir(), t.TempDir()
			for file, text := range map[string]string{
				filepath.Join(home, ".ssh", "known_hosts"): c.user, filepath.Join(home, ".ssh", "known_hosts2"): c.second, filepath.Join(etc, "ssh_known_hosts"): c.system,
			} {
				if text != "" {
					writeFile(t, filepath.Dir(file), filepath.Base(file), text)
				}
			}
			got, leftOut := knownHosts(lookup(map[string]string{"HOME": home}), []string{filepath.Join(etc, "ssh_known_hosts"), etc})
			if string(got) != c.want {
				t.Errorf("got %d bytes %.20q, want %q", len(got), got, c.want)
			}
			warned := strings.Join(tooManyHosts(leftOut), "\n")
			if large := map[string]string{"too large together": "ssh_known_hosts", "one too large": "known_hosts"}[name]; (large == "") != (warned == "") ||
				!strings.Contains(warned, large) || large != "" && !strings.Contains(warned, " is not handed to the build: with it, the keys of servers have more than the 500 KiB of a secret; give a file") {
				t.Errorf("it warns %q", warned)
			}
		})
	}
}

// TestKnownHostsSecret: keys of servers are a secret of builds with --ssh, unless the user gives others.
func TestKnownHostsSecret(t *testing.T) {
	home, agent := t.TempDir(), filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", agent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("SSH_AUTH_SOCK", agent)
	writeFile(t, filepath.Join(home, ".ssh"), "known_hosts", "user\n")
	mine := writeFile(t, home, "mine", "mine\n")
	env, _, _ := testEnv(t, map[string]string{"HOME": home})
	for name, c := range map[string]struct {
		options SecretOptions
		want    string
	}{
		"without --ssh": {options: SecretOptions{Secrets: []string{"id=netrc,src=" + mine}}},
		"with it":       {options: SecretOptions{SSH: []string{"default"}}, want: "user\n"},
		"given":         {options: SecretOptions{SSH: []string{"default"}, Secrets: []string{"id=known_hosts,src=" + mine}}, want: "mine\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var mistakes diag.List
			all, _ := c.options.attachables(env, nil, nil, nil, &mistakes)
			if err := mistakes.Err(); err != nil {
				t.Fatal(err)
			}
			got, err := secretOf(t, all, request.IDKnown)
			if !strings.HasPrefix(got, c.want) || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}
