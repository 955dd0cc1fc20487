package engine

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// privateCache is a cache directory that shares the tools of the test cache and nothing else. When the test ends, what was
// started in it is ended.
func privateCache(t *testing.T) string {
	t.Helper()
	needDaemon(t)
	if _, err := Tools(t.Context(), testCache(t), testLog{t}, "buildkitd"); err != nil {
		t.Fatal(err)
	}
	tools, err := filepath.Abs(filepath.Join(testCache(t), "tools"))
	if err != nil {
		t.Fatal(err)
	}
	dir := ownDir(t)
	if err := os.Symlink(tools, filepath.Join(dir, "tools")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		states, _ := filepath.Glob(filepath.Join(dir, "engine", "*"))
		for _, s := range states {
			st := state{s}.readStatus()
			// In order, so that the supervisor removes a socket below the temporary directory, too.
			if st.Supervisor.alive() {
				syscall.Kill(st.Supervisor.PID, syscall.SIGTERM)
				st.Supervisor.waitGone(t.Context())
			}
		}
		// A supervisor that was stopping by itself has no status any more, but it has its directory among its arguments.
		eventually(t, "all processes end", func() bool { return len(processes(t, dir)) == 0 })
		leavesNothing(t, dir)
	})
	return dir
}

// private connects to the private daemon whatever else the machine has, and returns its status, too.
func private(t *testing.T, o Options) (*Engine, status) {
	t.Helper()
	e, err := connectPrivate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, theState(o).readStatus()
}

func theState(o Options) state {
	return state{filepath.Join(o.CacheDir, "engine", configID(o.Config))}
}

func kill(t *testing.T, id procID) {
	t.Helper()
	if err := syscall.Kill(id.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentConnectsShareOneDaemon(t *testing.T) {
	var progress testbed.Buffer
	o := Options{CacheDir: privateCache(t), Progress: &progress}
	var engines [4]*Engine
	var g errgroup.Group
	for i := range engines {
		g.Go(func() (err error) {
			engines[i], err = connectPrivate(t.Context(), o)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, e := range engines {
		defer e.Close()
		if e.Addr != engines[0].Addr {
			t.Errorf("%s and %s", e.Addr, engines[0].Addr)
		}
		if _, err := e.Client().ListWorkers(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(progress.String(), "starting a private BuildKit"); n != 1 {
		t.Errorf("started %d daemons:\n%s", n, &progress)
	}
	if n := len(processes(t, filepath.Join(theState(o).dir, "buildkitd.toml"))); n != 1 {
		t.Errorf("%d daemons run", n)
	}
	if got := solveFile(t, engines[1].Client(), "shared"); got != "shared" {
		t.Errorf("got %q", got)
	}
}

func TestAnotherConfigIsAnotherDaemon(t *testing.T) {
	dir := privateCache(t)
	a, _ := private(t, Options{CacheDir: dir})
	b, _ := private(t, Options{CacheDir: dir, Config: []byte("[registry.\"docker.io\"]\n  mirrors = [\"localhost:1\"]\n")})
	if a.Addr == b.Addr {
		t.Errorf("both are %s", a.Addr)
	}
}

func TestKilledDaemonIsReplaced(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	_, before := private(t, o)
	kill(t, before.Daemon)
	// At once: the supervisor may or may not have seen it yet.
	e, after := private(t, o)
	if after.Daemon == before.Daemon || before.Daemon.alive() || before.Supervisor.alive() {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if got := solveFile(t, e.Client(), "new"); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestKilledSupervisorLeavesNoOrphan(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	e, before := private(t, o)
	step := hang(t, e.Client())
	kill(t, before.Supervisor)
	eventually(t, "the daemon ends", func() bool { return !before.Daemon.alive() })
	eventually(t, "the build step ends", func() bool { return len(processes(t, step)) == 0 })
	leavesNothing(t, o.CacheDir, step)
	if theState(o).readStatus() == (status{}) {
		t.Error("the status was removed; this test means to leave it stale")
	}
	if e, _ := private(t, o); solveFile(t, e.Client(), "new") != "new" {
		t.Error("the new daemon does not work")
	}
}

func TestHungDaemonIsReplaced(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}, Waits: Waits{Ready: time.Second}}
	_, before := private(t, o)
	if err := syscall.Kill(before.Daemon.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, after := private(t, o); after.Daemon == before.Daemon || before.Daemon.alive() {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestDamagedStateIsRepaired(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, s state) error{
		"stale socket": func(t *testing.T, s state) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: s.path(apiSocket)})
			if err != nil {
				return err
			}
			l.SetUnlinkOnClose(false)
			return l.Close()
		},
		"file in the place of the socket": func(t *testing.T, s state) error {
			return os.WriteFile(s.path(apiSocket), nil, 0o600)
		},
		"half-written status": func(t *testing.T, s state) error {
			return os.WriteFile(s.path("status.json"), []byte(`{"supervisor":{"pid":1`), 0o600)
		},
		"status of processes that are not ours": func(t *testing.T, s state) error {
			_, id := sleeper(t)
			t.Cleanup(func() {
				if !id.alive() {
					t.Error("a process that only had the PID was killed")
				}
			})
			other := procID{PID: id.PID, Start: id.Start - 1, Boot: id.Boot}
			return s.writeStatus(status{Supervisor: other, Daemon: other, Addr: "unix://" + s.path(apiSocket)})
		},
		"broken configuration left behind": func(t *testing.T, s state) error {
			return os.WriteFile(s.path("buildkitd.toml"), []byte("not [ toml"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
			s, err := openState(theState(o).dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(t, s); err != nil {
				t.Fatal(err)
			}
			if e, st := private(t, o); !st.Daemon.alive() || solveFile(t, e.Client(), "x") != "x" {
				t.Errorf("status %+v", st)
			}
		})
	}
}

func TestBrokenConfigShowsTheLog(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Config: []byte("not [ toml")}
	_, err := connectPrivate(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "toml") || !strings.Contains(err.Error(), theState(o).logPath()) {
		t.Errorf("got %v", err)
	}
}

func TestIdleDaemonStops(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}, IdleTimeout: time.Second}
	first, st := private(t, o)
	second, _ := private(t, o)
	first.Close()
	time.Sleep(2 * o.IdleTimeout)
	if !st.Daemon.alive() {
		t.Fatal("stopped while a client was connected")
	}
	second.Close()
	eventually(t, "the idle daemon stops", func() bool { return !st.Daemon.alive() && !st.Supervisor.alive() })
	for _, left := range []string{apiSocket, traceSocket, "status.json"} {
		if _, err := os.Stat(theState(o).path(left)); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
	if e, _ := private(t, o); solveFile(t, e.Client(), "x") != "x" {
		t.Error("it does not come back")
	}
}

// Each stop meets a call that comes at the same moment, which must get the old daemon for as long as it likes or a new one.
func TestConnectWhileStopping(t *testing.T) {
	o := Options{CacheDir: privateCache(t), IdleTimeout: 50 * time.Millisecond}
	for i := range 6 {
		e, _ := private(t, o)
		e.Close()
		time.Sleep(time.Duration(i) * 25 * time.Millisecond)
		e, st := private(t, o)
		time.Sleep(4 * o.IdleTimeout)
		if _, err := e.Client().ListWorkers(t.Context()); err != nil {
			t.Errorf("round %d: %v; status %+v", i, err, st)
		}
		e.Close()
	}
}

func TestDaemonOutlivesAKilledClient(t *testing.T) {
	o := Options{CacheDir: privateCache(t), IdleTimeout: 5 * time.Second}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	client := exec.Command(self)
	client.Env = append(client.Environ(), clientMode+"="+o.CacheDir)
	client.Stderr = os.Stderr
	stdin, err := client.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := client.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	client.Process.Kill()
	client.Wait()
	started := theState(o).readStatus()
	e, st := private(t, o)
	if e.Addr+"\n" != addr || st != started || !st.Daemon.alive() {
		t.Errorf("connected to %s %+v; the client had %s %+v", e.Addr, st, addr, started)
	}
}

// A new release brings a new buildkitd, which takes over as soon as nobody uses the old one.
func TestDaemonOfAnotherVersion(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	e, old := private(t, o)
	s := theState(o)
	mark := old
	mark.Buildkitd = "/older/buildkitd"
	if err := s.writeStatus(mark); err != nil {
		t.Fatal(err)
	}
	second, used := private(t, o)
	if used.Daemon != old.Daemon {
		t.Error("a daemon in use was replaced")
	}
	e.Close()
	second.Close()
	if _, now := private(t, o); now.Daemon == old.Daemon || old.Daemon.alive() || now.Buildkitd != old.Buildkitd {
		t.Errorf("before %+v, now %+v", mark, now)
	}
}

// The whole search: nothing is named, Docker does not answer. The private daemon can be named as well.
func TestConnectEndsAtThePrivateDaemon(t *testing.T) {
	docker, _ := refusing(t)
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	o.Getenv = func(key string) string {
		if key == "DOCKER_HOST" {
			return docker
		}
		return ""
	}
	e, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.Addr != theState(o).readStatus().Addr || e.Addr == "" {
		t.Errorf("connected to %s", e.Addr)
	}
	o.Builder = "private"
	named, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer named.Close()
	if named.Addr != e.Addr || named.Why != "--builder names it" {
		t.Errorf("connected to %s: %s", named.Addr, named.Why)
	}
}

func TestPrivateNeedsACacheDirectory(t *testing.T) {
	_, err := connectPrivate(t.Context(), Options{NoCacheDir: errors.New("no home")})
	for _, word := range []string{"cache directory", "no home", "HOME", "XDG_CACHE_HOME", "BUILDKIT_HOST"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not mention %q", err, word)
		}
	}
}

// TestForeignFolders: what others could have put there is neither run nor obeyed nor removed.
func TestForeignFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root")
	}
	const somebody = 12345
	for name, foreign := range map[string]func(dir string) error{
		"cache":          func(dir string) error { return folder(dir, 0o755, somebody) },
		"cache, by mode": func(dir string) error { return os.Chmod(dir, 0o777) },
		"tools":          func(dir string) error { return folder(filepath.Join(dir, "tools"), 0o755, somebody) },
		"tools, by mode": func(dir string) error { return folder(filepath.Join(dir, "tools", daemonTools().hash()), 0o775, 0) },
		"buildkitd": func(dir string) error {
			return os.Chown(filepath.Join(dir, "tools", daemonTools().hash(), "bin", "buildkitd"), somebody, somebody)
		},
		"its mode": func(dir string) error {
			return os.Chmod(filepath.Join(dir, "tools", daemonTools().hash(), "bin", "buildkitd"), 0o777)
		},
		"engine":          func(dir string) error { return folder(filepath.Join(dir, "engine"), 0o755, somebody) },
		"engine, by mode": func(dir string) error { return folder(filepath.Join(dir, "engine"), 0o777|os.ModeSticky, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			o := pathWith(t, map[string]string{"runc": "echo runc version 1.3.3; echo libseccomp: 2.5.4"})
			ran := filepath.Join(t.TempDir(), "ran")
			bin := filepath.Join(o.CacheDir, "tools", daemonTools().hash(), "bin")
			s := theState(o)
			if err := errors.Join(os.MkdirAll(bin, 0o700), os.MkdirAll(s.dir, 0o700),
				os.WriteFile(filepath.Join(bin, "buildkitd"), []byte("#!/bin/sh\necho >"+ran+"\n"), 0o755), foreign(o.CacheDir)); err != nil {
				t.Fatal(err)
			}
			_, err := connectPrivate(t.Context(), o)
			if _, ok := errors.AsType[*ownership](err); !ok {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(ran); err == nil {
				t.Error("the program was run")
			}
		})
	}
}

// TestForeignStatus: a status names nothing but what belongs to a daemon of that state.
func TestForeignStatus(t *testing.T) {
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root")
	}
	s, err := openState(ownDir(t))
	if err != nil {
		t.Fatal(err)
	}
	_, id := sleeper(t)
	file := filepath.Join(t.TempDir(), apiSocket)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own := "unix://" + s.path(apiSocket)
	for name, st := range map[string]status{
		"another file":           {Addr: "unix://" + file},
		"another file of ours":   {Addr: "unix://" + s.path("lease")},
		"a way out":              {Addr: "unix://" + s.dir + "/../" + filepath.Base(s.dir) + "/../" + apiSocket},
		"another scheme":         {Addr: "tcp://127.0.0.1:1"},
		"a folder of that name":  {Addr: "unix://" + filepath.Join(filepath.Dir(file), s.shortName(), apiSocket)},
		"a process that is ours": {Addr: own, Supervisor: id, Daemon: id},
	} {
		if err := s.writeStatus(st); err != nil {
			t.Fatal(err)
		}
		got := s.readStatus()
		if got != (status{}) && got != (status{Addr: own}) {
			t.Errorf("%s: %+v", name, got)
		}
		if err := s.sweep(t.Context(), got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(file); err != nil || !id.alive() {
			t.Fatalf("%s: %v; the process lives: %v", name, err, id.alive())
		}
	}
}

// TestPathOfTheTree: a program that lies in the folder that the command is typed in is not taken, whatever PATH says.
func TestPathOfTheTree(t *testing.T) {
	system := pathWith(t, map[string]string{"runc": "echo runc version 1.3.3; echo libseccomp: 2.5.4"})
	tree := t.TempDir()
	t.Chdir(tree)
	for _, name := range []string{"buildkit-runc", "runc", "go"} {
		if err := os.WriteFile(name, []byte("#!/bin/sh\necho >ran\necho libseccomp\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := system.getenv("PATH")
	for _, path := range []string{":" + dir, dir + ":", ".:" + dir, "./:" + dir} {
		o := Options{Getenv: env(map[string]string{"PATH": path})}
		if got, _, err := preflight(t.Context(), o.lookPath); got != filepath.Join(dir, "runc") || err != nil {
			t.Errorf("PATH=%s: %q, %v", path, got, err)
		}
		if _, err := findTools(t.Context(), toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, o.lookPath, false}); !errors.Is(err, ErrNoGo) {
			t.Errorf("PATH=%s: %v", path, err)
		}
	}
	if _, err := os.Stat("ran"); err == nil {
		t.Error("a program of the tree was run")
	}
}
