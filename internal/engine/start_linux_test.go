package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// needDaemon ends a test on a machine that cannot run a private daemon, and says why.
func needDaemon(t *testing.T) {
	t.Helper()
	if _, _, err := preflight(t.Context(), lookPath); err != nil {
		testbed.Missing(t, "%v", err)
	}
}

func start(t *testing.T, root string) *Daemon {
	t.Helper()
	needDaemon(t)
	d, err := Start(t.Context(), StartOptions{Root: root, CacheDir: testCache(t), Progress: testLog{t}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func connect(t *testing.T, addr string) *Engine {
	t.Helper()
	e, err := Connect(t.Context(), Options{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// solveFile has the daemon write a file and returns what came back.
func solveFile(t *testing.T, c *client.Client, content string) string {
	t.Helper()
	def, err := llb.Scratch().File(llb.Mkfile("f", 0o644, []byte(content))).Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	_, err = c.Solve(t.Context(), def, client.SolveOpt{
		Exports: []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: out}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "f"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// hang starts a build step that has a secret and never ends, and returns when it runs, with the name it has in the process list.
func hang(t *testing.T, c *client.Client) (name string) {
	t.Helper()
	dir := t.TempDir()
	name = "/bin/hang-" + filepath.Base(filepath.Dir(dir))
	src := filepath.Join(dir, "main.go")
	if err := os.WriteFile(src, []byte("package main\nimport \"time\"\nfunc main() { time.Sleep(time.Hour) }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	build := exec.Command("go", "build", "-o", filepath.Join(bin, filepath.Base(name)), src)
	build.Env = append(build.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fs, err := fsutil.NewFS(bin)
	if err != nil {
		t.Fatal(err)
	}
	run := llb.Scratch().Run(llb.Args([]string{name}), llb.AddMount("/bin", llb.Local("bin"), llb.Readonly), llb.AddSecret("/secret", llb.SecretID("s")))
	def, err := run.Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := c.Solve(context.WithoutCancel(t.Context()), def, client.SolveOpt{
			LocalMounts: map[string]fsutil.FS{"bin": fs},
			Session:     []session.Attachable{secretsprovider.FromMap(map[string][]byte{"s": []byte("x")})},
		}, nil)
		ended <- err
	}()
	eventually(t, "the build step runs", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the build step ended: %v", err)
		default:
		}
		return len(processes(t, name)) > 0
	})
	return name
}

// processes lists the PIDs of programs whose command line holds text.
func processes(t *testing.T, text string) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if data, _ := os.ReadFile(f); bytes.Contains(data, []byte(text)) {
			pids = append(pids, filepath.Base(filepath.Dir(f)))
		}
	}
	return pids
}

// leavesNothing fails the test if a process or mount still belongs to the state directory, or a program to a build step.
func leavesNothing(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, text := range append(names, dir) {
		if pids := processes(t, text); len(pids) > 0 {
			t.Errorf("processes of %s are left: %v", text, pids)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), dir) {
		t.Errorf("mounts below %s are left", dir)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it did not happen within 30 s that %s", what)
}

func TestStartSolveStop(t *testing.T) {
	root := t.TempDir()
	d := start(t, root)
	if got := solveFile(t, connect(t, d.Addr).Client(), "hello"); got != "hello" {
		t.Errorf("got %q", got)
	}
	if log, err := os.ReadFile(d.Log()); err != nil || !strings.Contains(string(log), "running server") {
		t.Errorf("log: %v\n%s", err, log)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
	if err := d.Stop(); err != nil {
		t.Errorf("stopping it again: %v", err)
	}
	leavesNothing(t, root)

	again := start(t, root)
	if got := solveFile(t, connect(t, again.Addr).Client(), "again"); got != "again" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestStopEndsRunningSteps(t *testing.T) {
	root := t.TempDir()
	d := start(t, root)
	step := hang(t, connect(t, d.Addr).Client())
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
	leavesNothing(t, root, step)
}

// TestKilledDaemonLeavesNothing, not even a temporary file where other programs have theirs.
func TestKilledDaemonLeavesNothing(t *testing.T) {
	root, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	d := start(t, root)
	step := hang(t, connect(t, d.Addr).Client())
	if err := d.process.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-d.process.gone
	leavesNothing(t, root, step)
	if left, _ := filepath.Glob(filepath.Join(temp, "*buildkit*")); len(left) > 0 {
		t.Errorf("it leaves %q", left)
	}
	inTemp := func() []os.DirEntry {
		entries, err := os.ReadDir(filepath.Join(root, "tmp"))
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	if len(inTemp()) == 0 {
		t.Error("the step had no temporary file: the test proves nothing")
	}
	start(t, root)
	if left := inTemp(); len(left) > 0 {
		t.Errorf("the next daemon begins with %v", left)
	}
}

func TestStartShowsTheLog(t *testing.T) {
	needDaemon(t)
	root := t.TempDir()
	_, err := Start(t.Context(), StartOptions{Root: root, CacheDir: testCache(t), Config: []byte("this is = not [toml")})
	if err == nil || !strings.Contains(err.Error(), "toml") || !strings.Contains(err.Error(), "its log "+root) {
		t.Errorf("got %v", err)
	}
	leavesNothing(t, root)
}

func TestStartWithALongPath(t *testing.T) {
	startBelowTemp(t, filepath.Join(t.TempDir(), strings.Repeat("long/", 30)))
}

func TestStartWithAPathThatNoURLHolds(t *testing.T) {
	startBelowTemp(t, filepath.Join(t.TempDir(), "100% my own?#"))
}

func startBelowTemp(t *testing.T, root string) {
	d := start(t, root)
	if n := len(socketPath(d.Addr)); n > maxSocketPath {
		t.Errorf("%s has %d bytes", d.Addr, n)
	}
	solveFile(t, connect(t, d.Addr).Client(), "x")
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(socketPath(d.Addr))); !os.IsNotExist(err) {
		t.Errorf("the directory of the socket is left: %v", err)
	}
}

// Names below the temporary directory are anybody's, and a stranger's directory must not hold root's socket.
func TestSocketDirOfAStranger(t *testing.T) {
	s := state{"/" + strings.Repeat("x", maxSocketPath)}
	for name, spoil := range map[string]func(dir string) error{
		"open to others": func(dir string) error { return os.Chmod(dir, 0o755) },
		"a link": func(dir string) error {
			return os.Rename(dir, dir+".real")
		},
	} {
		tmp := t.TempDir()
		dir, err := s.socketDir(tmp)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.socketDir(tmp); err != nil || again != dir {
			t.Errorf("a second look: %s, %v", again, err)
		}
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if name == "a link" {
			if err := os.Symlink(dir+".real", dir); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.socketDir(tmp); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := s.socketDir(s.dir); err == nil {
		t.Error("a temporary directory with a long name was accepted")
	}
}

func TestStartNeedsItsDirectories(t *testing.T) {
	for i, o := range []StartOptions{{}, {Root: "/x"}, {CacheDir: "/x"}} {
		if _, err := Start(t.Context(), o); err == nil {
			t.Error(fmt.Sprint("started ", i))
		}
	}
}
