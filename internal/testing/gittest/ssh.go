package gittest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// SSH is a server of ssh on the loopback network, and an agent with the one key that it takes.
type SSH struct {
	// Addr is its address, Agent the socket of the agent, and Key the file of its key.
	Addr, Agent, Key string

	t   *testing.T
	dir string
}

// NewSSH starts sshd, by which the repositories of a folder are reached by the path below it, whoever the user. It ends with the test.
func NewSSH(t *testing.T, repositories string) *SSH {
	t.Helper()
	// It puts the folder of the host before the path that was asked for.
	return ServeSSH(t, "path=${SSH_ORIGINAL_COMMAND#git-upload-pack \\'/}\npath=${path%\\'}\nexec git -c safe.directory='*' -c uploadpack.allowFilter=true upload-pack \""+repositories+"/$path\"\n")
}

// ServeSSH starts sshd, which runs a shell script whatever it is asked for; that is in SSH_ORIGINAL_COMMAND. It ends with the test.
func ServeSSH(t *testing.T, script string) *SSH {
	t.Helper()
	const sshd = "/usr/sbin/sshd"
	for _, program := range []string{sshd, "ssh-keygen", "ssh-agent", "ssh-add"} {
		if _, err := exec.LookPath(program); err != nil {
			testbed.Missing(t, "%s: %v", program, err)
		}
	}
	s := &SSH{t: t, dir: t.TempDir()}
	s.Key = filepath.Join(s.dir, "id")
	host := filepath.Join(s.dir, "host")
	for _, key := range []string{s.Key, host} {
		s.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	}
	public, err := os.ReadFile(s.Key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(s.dir, "command") // all that the key is good for
	s.write(command, "#!/bin/sh\n"+script, 0o755)
	authorized := filepath.Join(s.dir, "authorized")
	s.write(authorized, fmt.Sprintf("command=%q,restrict %s", command, public), 0o600)
	s.Addr = freeAddr(t)
	_, port, _ := net.SplitHostPort(s.Addr)
	s.write(filepath.Join(s.dir, "config"), strings.Join([]string{"Port " + port, "ListenAddress 127.0.0.1", "HostKey " + host, "AuthorizedKeysCommand /bin/cat " + authorized, "AuthorizedKeysCommandUser root",
		"AuthorizedKeysFile none", "PidFile none", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "AcceptEnv GIT_PROTOCOL", ""}, "\n"), 0o600)
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // sshd does not start without it
		testbed.Missing(t, "/run/sshd: %v", err)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	s.start(log, sshd, "-D", "-e", "-f", filepath.Join(s.dir, "config"))
	s.wait("tcp", s.Addr)
	s.Agent = Agent(t)
	add := exec.Command("ssh-add", "-q", s.Key)
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+s.Agent)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v\n%s", err, out)
	}
	return s
}

// Agent starts an agent without keys, which ends with the test.
func Agent(t *testing.T) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent-") // the names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &SSH{t: t, dir: dir}
	socket = filepath.Join(dir, "socket")
	s.start(nil, "ssh-agent", "-D", "-a", socket)
	s.wait("unix", socket)
	return socket
}

// KnownHosts writes a file that says of a host, such as "git.example", that it has the server's key.
func (s *SSH) KnownHosts(host string) string {
	s.t.Helper()
	public, err := os.ReadFile(filepath.Join(s.dir, "host.pub"))
	if err != nil {
		s.t.Fatal(err)
	}
	name := filepath.Join(s.t.TempDir(), "known_hosts")
	s.write(name, host+" "+string(public), 0o644)
	return name
}

func (s *SSH) start(log *os.File, name string, args ...string) {
	s.t.Helper()
	cmd := exec.Command(name, args...)
	if log != nil {
		cmd.Stderr = log
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if log != nil && s.t.Failed() {
			text, _ := os.ReadFile(log.Name())
			s.t.Logf("%s says:\n%s", name, text)
		}
	})
}

func (s *SSH) wait(network, address string) {
	s.t.Helper()
	for range 500 {
		if conn, err := net.Dial(network, address); err == nil {
			_ = conn.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatalf("nobody answers at %s", address)
}

func (s *SSH) run(name string, args ...string) {
	s.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (s *SSH) write(name, text string, mode os.FileMode) {
	s.t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
