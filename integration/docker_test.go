//go:build linux

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// dockerTools are the programs of a Docker: the daemon and what it runs, the command, and their plugins.
var dockerTools = testbed.Module{Name: "docker", C: map[string]string{"github.com/opencontainers/runc": "seccomp"}}

// dockerInit is linked statically: containers have nothing else.
const dockerInit = "/usr/bin/tini-static"

// dockerDesk is a machine with Docker, and the settings of a user of it.
type dockerDesk struct {
	dir, tools string
	socket     string
	// env is the environment of the user, whose current context is this Docker.
	env []string
	cmd *exec.Cmd
	log *testbed.Buffer
}

// startDocker starts a Docker daemon with these arguments, which ends with the test. The rules for packets that it adds to those of the
// machine go with it.
func startDocker(t *testing.T, args ...string) *dockerDesk {
	t.Helper()
	l := setUp(t)
	need(t, "docker", "docker.io")
	need(t, "iptables", "iptables")
	need(t, "pkg-config", "pkg-config")
	need(t, dockerInit, "tini") // the first process of containers that want one, such as those of buildx
	tools, err := dockerTools.Build(t.Context(), "..", l.cache, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	own, err := testbed.NewRunDir(os.TempDir(), "modship-docker-", os.Stderr) // paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	dir := own.Path
	d := &dockerDesk{dir: dir, tools: tools, socket: "unix://" + filepath.Join(dir, "docker.sock"), log: new(testbed.Buffer)}
	t.Cleanup(func() {
		// The network of the machine itself, which containers may have, stays mounted.
		_ = syscall.Unmount(filepath.Join(dir, "exec", "netns", "default"), syscall.MNT_DETACH)
		if err := own.Remove(); err != nil {
			t.Error(err)
		}
	})
	keepNetwork(t)
	d.env = d.desk(t)
	d.cmd = exec.Command(filepath.Join(tools, "dockerd"), append([]string{
		"--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"), "--pidfile", filepath.Join(dir, "pid"),
		"--config-file", filepath.Join(dir, "daemon.json"), "-H", d.socket, "--init-path", dockerInit,
	}, args...)...)
	if err := os.WriteFile(filepath.Join(dir, "daemon.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = append(d.env, "DOCKER_MIN_API_VERSION=1.40"), d.log, d.log
	// It ends at the latest with this process, and what it started with it.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.cmd.Wait() }()
	t.Cleanup(func() { d.stop(t, ended) })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if out, code := run(t, d.command(t, "docker", "version")); code == 0 {
			return d
		} else if time.Now().After(deadline) {
			t.Fatalf("Docker does not answer: %s\n%s", out, d.log)
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("Docker ended: %v\n%s", err, d.log)
		default:
		}
	}
}

func (d *dockerDesk) stop(t *testing.T, ended chan error) {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		_ = d.cmd.Process.Kill()
		<-ended
		t.Error("Docker did not end in order")
	}
	if t.Failed() {
		t.Logf("the end of Docker's log:\n%s", tail(d.log.String(), 4000))
	}
}

func tail(text string, most int) string { return text[max(0, len(text)-most):] }

// keepNetwork puts back what Docker changes of the machine's network.
func keepNetwork(t *testing.T) {
	t.Helper()
	before := map[string][]byte{}
	for _, family := range []string{"iptables", "ip6tables"} {
		if rules, err := exec.Command(family + "-save").Output(); err == nil {
			before[family] = rules
		}
	}
	const bridge = "docker0"
	_, err := net.InterfaceByName(bridge)
	had := err == nil
	t.Cleanup(func() {
		for family, rules := range before {
			restore := exec.Command(family + "-restore")
			restore.Stdin = bytes.NewReader(rules)
			if out, err := restore.CombinedOutput(); err != nil {
				t.Logf("%s-restore: %v: %s", family, err, out)
			}
		}
		if _, err := net.InterfaceByName(bridge); err == nil && !had {
			if out, err := exec.Command("ip", "link", "delete", bridge).CombinedOutput(); err != nil {
				t.Logf("removing %s: %v: %s", bridge, err, out)
			}
		}
	})
}

// desk makes the home of a user whose docker has its plugins, and gives an environment of that user.
func (d *dockerDesk) desk(t *testing.T) []string {
	t.Helper()
	home, err := os.MkdirTemp(d.dir, "home-")
	if err != nil {
		t.Fatal(err)
	}
	plugins := filepath.Join(home, ".docker", "cli-plugins")
	if err := os.MkdirAll(plugins, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(lab.tools, "buildx"), filepath.Join(plugins, "docker-buildx")); err != nil {
		t.Fatal(err)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == "HOME" || name == "XDG_CACHE_HOME" || strings.HasPrefix(name, "DOCKER_") || strings.HasPrefix(name, "BUILDX_") || strings.HasPrefix(name, "BUILDKIT_")
	})
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	modules, err := goEnv("GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	return append(env, "HOME="+home, "PATH="+d.tools+":"+os.Getenv("PATH"), "DOCKER_HOST="+d.socket,
		"GOCACHE="+filepath.Join(cache, "go-build"), "GOMODCACHE="+modules)
}

// home is that of the user.
func (d *dockerDesk) home(t *testing.T) string {
	t.Helper()
	for _, v := range d.env {
		if home, ok := strings.CutPrefix(v, "HOME="); ok {
			return home
		}
	}
	t.Fatal("the user has no home")
	return ""
}

// command prepares a command of the user.
func (d *dockerDesk) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if program := filepath.Join(d.tools, name); !strings.Contains(name, "/") {
		if _, err := os.Stat(program); err == nil {
			name = program
		}
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = d.env
	return cmd
}

// must runs a command that must succeed, and gives what it printed.
func (d *dockerDesk) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, code := run(t, d.command(t, name, args...))
	if code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s", name, strings.Join(args, " "), code, out)
	}
	return out
}

// undo runs a command when the test has ended, before Docker ends.
func (d *dockerDesk) undo(t *testing.T, name string, args ...string) {
	t.Helper()
	t.Cleanup(func() {
		cmd := exec.Command(name, args...) // the context of the test has gone
		cmd.Env = d.env
		if out, code := run(t, cmd); code != 0 {
			t.Errorf("%s %s: exit code %d\n%s", name, strings.Join(args, " "), code, out)
		}
	})
}

// runImage runs an image that Docker has.
func (d *dockerDesk) runImage(t *testing.T, image string) string {
	t.Helper()
	return d.must(t, "docker", "run", "--rm", "--pull=never", "--network=none", image)
}

// address is where containers reach a server of this machine that listens at all addresses.
func (d *dockerDesk) address(t *testing.T, port int) string {
	t.Helper()
	bridge, err := net.InterfaceByName("docker0")
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := bridge.Addrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil {
			return fmt.Sprintf("%s:%d", ip.IP, port)
		}
	}
	t.Fatalf("%s has no address: %v", bridge.Name, addrs)
	return ""
}
