package modvcs_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestSSH fetches from a real sshd, by the keys of a real agent, and says what is wrong where a key or a host is not known.
func TestSSH(t *testing.T) {
	if os.Getuid() != 0 {
		testbed.Missing(t, "root, who logs in")
	}
	s := gittest.New(t)
	s.Repo("git.corp.example", "x/tool").Commit("-- go.mod --\nmodule git.corp.example/x/tool.git\n-- t.go --\npackage t\n", "v1.0.0")
	s.Guard("git.corp.example", gittest.Only("Bearer nobody"))
	daemon := gittest.NewSSH(t, s.Dir("git.corp.example"))
	elsewhere := gittest.NewSSH(t, s.Dir("git.corp.example"))
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, daemon.Addr)
	}
	closed, err := testbed.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	known := daemon.KnownHosts("git.corp.example")
	nobody := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(nobody, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ssh      *modvcs.SSH
		rewrites map[string]string
		wrong    string
	}{
		"because https asks for credentials": {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: known}},
		"rewritten":                          {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: known}, rewrites: map[string]string{"https://git.corp.example/": "ssh://root@git.corp.example/"}},
		"rewritten to the short form":        {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: known}, rewrites: map[string]string{"https://git.corp.example/": "root@git.corp.example:"}},
		"no agent":                           {rewrites: map[string]string{"https://": "ssh://root@"}, wrong: "the build has no keys for ssh; give --ssh default"},
		"agent without keys":                 {ssh: &modvcs.SSH{Agent: gittest.Agent(t), KnownHosts: known}, wrong: "the agent of --ssh default has no keys; add one with ssh-add"},
		"key that the server does not know":  {ssh: &modvcs.SSH{Agent: elsewhere.Agent, KnownHosts: known}, wrong: "git.corp.example takes none of the keys of --ssh default"},
		"no known_hosts":                     {ssh: &modvcs.SSH{Agent: daemon.Agent}, wrong: "give --secret id=known_hosts,src=FILE with a line for git.corp.example"},
		"host not in it":                     {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: nobody}, wrong: "the key of the server, SHA256:"},
		"another host key":                   {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: elsewhere.KnownHosts("git.corp.example")}, wrong: "than known_hosts has for git.corp.example: it may be another server"},
		"nobody on this machine": {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: known, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, closed)
		}}, rewrites: map[string]string{"https://git.corp.example/": "ssh://root@127.0.0.1/"}, wrong: "in a build 127.0.0.1 is the build's own machine and not yours"},
		"no such repository": {ssh: &modvcs.SSH{Agent: daemon.Agent, KnownHosts: known}, rewrites: map[string]string{"https://git.corp.example/x": "ssh://root@git.corp.example/y"}, wrong: "git.corp.example has no such repository"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ssh != nil {
				c.ssh.User = "root"
				if c.ssh.Dial == nil {
					c.ssh.Dial = dial
				}
			}
			o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client(), SSH: c.ssh, Rewrites: c.rewrites}, Dir: t.TempDir()}
			found, err := o.File(t.Context(), module.Version{Path: "git.corp.example/x/tool.git", Version: "v1.0.0"}, ".zip", filepath.Join(t.TempDir(), "zip"))
			switch {
			case c.wrong == "" && (err != nil || !strings.Contains(found.Source, "ssh://root@git.corp.example/x/tool")):
				t.Errorf("from %q: %v", found.Source, err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%v, want %q", err, c.wrong)
			case c.wrong != "":
				t.Log(err)
			}
		})
	}
}
