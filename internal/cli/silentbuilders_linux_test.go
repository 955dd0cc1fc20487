package cli

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/engine"
)

// TestSilentBuilders: builders that take a connection and say nothing, that nobody serves, and that buildx does not speak of, are each given
// up after a while, side by side, and each has its line.
func TestSilentBuilders(t *testing.T) {
	const wait = 300 * time.Millisecond
	home := t.TempDir()
	socket := filepath.Join(home, "docker.sock")
	addr := "tcp://" + silent(t, "tcp", "127.0.0.1:0")
	silent(t, "unix", socket)
	left := filepath.Join(home, ".colima", "default", "docker.sock")
	deserted(t, left)
	writeFile(t, home, ".docker/buildx/instances/ship", `{"Name": "ship", "Driver": "docker-container", "Nodes": [{"Name": "ship0", "Endpoint": "default"}]}`)
	bin := silentDocker(t)

	env, stdout, _ := testEnv(t, nil)
	variables := map[string]string{"HOME": home, "PATH": bin, "BUILDKIT_HOST": addr, "DOCKER_HOST": "unix://" + socket}
	env.Builders = func(ctx context.Context, o DaemonOptions) ([]engine.Found, error) {
		return engine.List(ctx, engine.Options{
			Addr: o.Addr, Builder: o.Builder, CacheDir: t.TempDir(),
			Getenv: func(name string) string { return variables[name] },
			Waits:  engine.Waits{Ready: wait, Docker: wait, SSH: wait},
		})
	}
	began := time.Now()
	err := builders(t.Context(), env, DaemonOptions{}, "text")
	if took := time.Since(began); took < wait || took > 10*time.Second { // users wait for 15 at least
		t.Errorf("it took %v", took)
	}
	if exit, ok := errors.AsType[*ExitError](err); !ok || exit.Code != ExitNoBuildKit {
		t.Errorf("got %v, want the exit code %d", err, ExitNoBuildKit)
	}
	for name, says := range map[string]string{
		addr:      "no answer within 300ms: ",
		"default": "no answer within 300ms: ",
		"ship":    "no answer within 300ms: running " + filepath.Join(bin, "docker") + " buildx ls",
		"colima":  "", // refused at once, unless the machine is busy
	} {
		found := false
		for line := range strings.Lines(stdout.String()) {
			said, ok := strings.CutPrefix(line, name+": ")
			found = found || ok && strings.Contains(said, says)
		}
		if !found {
			t.Errorf("no line says of %s %q:\n%s", name, says, stdout)
		}
	}
	if want := "modship build uses " + addr + ": BUILDKIT_HOST names it\n"; !strings.HasSuffix(stdout.String(), want) {
		t.Errorf("the last line is not %q:\n%s", want, stdout)
	}
}

// silent listens, takes every connection and says nothing.
func silent(t *testing.T, network, addr string) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var taken []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			taken = append(taken, conn)
		}
		for _, conn := range taken {
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return l.Addr().String()
}

// deserted makes a socket that nobody serves any more.
func deserted(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

// silentDocker gives a folder with a command docker whose child says nothing for as long as the test lasts.
func silentDocker(t *testing.T) (bin string) {
	t.Helper()
	bin = t.TempDir()
	pipe := filepath.Join(bin, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // whoever waits for somebody to write
		if w, err := os.OpenFile(pipe, os.O_RDWR, 0); err == nil {
			os.Remove(pipe)
			w.Close()
		}
	})
	if err := os.Chmod(writeFile(t, bin, "docker", "#!/bin/sh\n(cat <"+pipe+"; true)\ntrue\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}
