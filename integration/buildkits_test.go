//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// oldestTools is the oldest BuildKit that modship works with.
var oldestTools = testbed.Module{Name: "buildkit-oldest"}

// startBuildkit starts a buildkitd by a command that names its program first, and gives its address. It ends with the test.
func (m *matrix) startBuildkit(t *testing.T, dir string, command []string, config string) (addr string) {
	t.Helper()
	socket := filepath.Join(dir, "b.sock")
	file := filepath.Join(dir, "buildkitd.toml")
	if err := os.WriteFile(file, []byte(config+fmt.Sprintf("[registry.%q]\n  http = true\n", lab.registry)), 0o644); err != nil {
		t.Fatal(err)
	}
	addr = "unix://" + socket
	cmd := exec.Command(command[0], append(command[1:], "--config", file, "--root", filepath.Join(dir, "root"), "--addr", addr)...)
	log := new(testbed.Buffer)
	cmd.Env, cmd.Stdout, cmd.Stderr = m.desk.env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
			t.Error("buildkitd did not end in order")
		}
		if t.Failed() {
			t.Logf("the end of buildkitd's log:\n%s", tail(log.String(), 4000))
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out, code := run(t, m.desk.command(t, buildctl(t), "--addr", addr, "debug", "workers"))
		if code == 0 {
			return addr
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("buildkitd ended: %v\n%s", err, log)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("buildkitd does not answer: %s\n%s", out, log)
		}
	}
}

// tryBuildkit tries everything with a daemon at an address, which buildx knows by the name of the row.
func (m *matrix) tryBuildkit(t *testing.T, b builder, addr string) {
	t.Helper()
	m.desk.must(t, "docker", "buildx", "create", "--name", b.name, "--driver", "remote", addr)
	b.flags, b.buildx, b.says = []string{"--addr", addr}, b.name, addr+"; --addr names it"
	m.try(t, b)
}

func (m *matrix) oldest(t *testing.T) {
	program := m.program(t, "oldest buildkitd")
	addr := m.startBuildkit(t, shortDir(t), []string{program, "--oci-worker-net", "host", "--oci-worker-binary", filepath.Join(m.desk.tools, "runc")}, "")
	// The form in which it exports caches if it is not told otherwise, an index of layers, is refused by registries such as that of the test.
	m.tryBuildkit(t, builder{name: "oldest", cacheTo: ",image-manifest=true"}, addr)
}

// containerd is the worker that leaves the work to a containerd: that of Docker.
func (m *matrix) containerd(t *testing.T) {
	addr := m.startBuildkit(t, shortDir(t), []string{filepath.Join(lab.tools, "buildkitd"), "--oci-worker=false", "--containerd-worker=true",
		"--containerd-worker-addr", filepath.Join(m.desk.dir, "exec", "containerd", "containerd.sock"), "--containerd-worker-net", "host"}, "")
	m.tryBuildkit(t, builder{name: "containerd"}, addr)
}

// rootless is a buildkitd of a user who is not root, in namespaces of that user.
func (m *matrix) rootless(t *testing.T) {
	need(t, "newuidmap", "uidmap")
	need(t, "setpriv", "util-linux")
	const id = 23456
	dir := shortDir(t)
	for _, name := range []string{"home", "run", "root", "bin"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// The files of root's caches are not for others.
	for name, from := range map[string]string{"buildkitd": filepath.Join(lab.tools, "buildkitd"), "buildkit-runc": filepath.Join(m.desk.tools, "runc"), "rootlesskit": filepath.Join(m.desk.tools, "rootlesskit")} {
		if out, code := run(t, exec.CommandContext(t.Context(), "cp", from, filepath.Join(dir, "bin", name))); code != 0 {
			t.Fatal(out)
		}
	}
	edit(t, dir, "passwd", fmt.Sprintf("root:x:0:0::/root:/bin/sh\nbuilder:x:%d:%d::%s/home:/bin/sh\n", id, id, dir))
	edit(t, dir, "subid", "builder:300000:65536\n")
	if out, code := run(t, exec.CommandContext(t.Context(), "chown", "-R", fmt.Sprintf("%d:%d", id, id), dir)); code != 0 {
		t.Fatal(out)
	}
	// The user and the numbers are there for this process alone.
	script := fmt.Sprintf(`set -e
mount --make-rprivate /
mount --bind %[1]s/passwd /etc/passwd
mount --bind %[1]s/subid /etc/subuid
mount --bind %[1]s/subid /etc/subgid
exec env HOME=%[1]s/home USER=builder XDG_RUNTIME_DIR=%[1]s/run PATH=%[1]s/bin:"$PATH" \
  setpriv --reuid=%[2]d --regid=%[2]d --clear-groups --pdeathsig TERM \
  rootlesskit --net=host --state-dir=%[1]s/run/rootlesskit buildkitd --oci-worker-no-process-sandbox --oci-worker-net=host --rootless "$@"`, dir, id)
	addr := m.startBuildkit(t, dir, []string{"unshare", "--mount", "sh", "-c", script, "sh"}, "")
	m.tryBuildkit(t, builder{name: "rootless"}, addr)
}

// shortDir is a folder whose path leaves room for the name of a socket, and that others can look into.
func shortDir(t *testing.T) string {
	t.Helper()
	own, err := testbed.NewRunDir(os.TempDir(), "modship-bk-", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(own.Path, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Remove(); err != nil {
			t.Error(err)
		}
	})
	return own.Path
}
