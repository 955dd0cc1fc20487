package engine

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"
)

func inspect(t *testing.T, o Options) Info {
	t.Helper()
	info, err := Inspect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// kept is what BuildKit's own state takes on the disk.
func kept(t *testing.T, o Options) int64 {
	t.Helper()
	size, err := diskUsage(theState(o).path("root"))
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// solveBytes has the daemon keep a file of so many bytes that no build had before.
func solveBytes(t *testing.T, c *client.Client, size int) {
	t.Helper()
	dir := t.TempDir()
	data := make([]byte, size)
	rand.Read(data)
	if err := os.WriteFile(filepath.Join(dir, "f"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	fs, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	def, err := llb.Scratch().File(llb.Copy(llb.Local("src"), "f", "g")).Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Solve(t.Context(), def, client.SolveOpt{LocalMounts: map[string]fsutil.FS{"src": fs}}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestInspect(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	if got := inspect(t, o); got != (Info{State: theState(o).dir}) {
		t.Errorf("before: %+v", got)
	}
	if _, err := os.Stat(theState(o).dir); !os.IsNotExist(err) {
		t.Errorf("looking has made the state: %v", err)
	}
	e, st := private(t, o)
	got := inspect(t, o)
	if !got.Running || !got.InUse || got.PID != st.Daemon.PID || got.Supervisor != st.Supervisor.PID || got.Address != e.Addr || got.Problem != "" {
		t.Errorf("while it is used: %+v", got)
	}
	pinned, err := readPins(toolsMod)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version != pinned.tools["buildkitd"].version || got.Snapshotter == "" || got.Size == 0 || got.Keep == 0 || time.Since(got.Started) > time.Minute {
		t.Errorf("while it is used: %+v", got)
	}
	if _, err := os.Stat(got.Log); err != nil {
		t.Error(err)
	}
	if st, err := os.Stat(got.State); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the state is not private: %v, %v", st.Mode(), err)
	}
	e.Close()
	if got := inspect(t, o); !got.Running || got.InUse {
		t.Errorf("when nobody uses it: %+v", got)
	}
	if stopped, err := Stop(t.Context(), o, StopOptions{}); !stopped || err != nil {
		t.Fatal(stopped, err)
	}
	if got := inspect(t, o); got.Running || got.PID != 0 || got.Size == 0 {
		t.Errorf("after it: %+v", got)
	}
}

func TestInspectSaysThatItHangs(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	e, _ := private(t, o)
	e.Close()
	s := theState(o)
	st := s.readStatus()
	if err := os.Remove(socketPath(st.Addr)); err != nil {
		t.Fatal(err)
	}
	if got := inspect(t, o); !got.Running || got.Problem == "" {
		t.Errorf("got %+v", got)
	}
}

func TestStop(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	if stopped, err := Stop(t.Context(), o, StopOptions{Remove: true}); stopped || err != nil {
		t.Errorf("where none is: %v, %v", stopped, err)
	}
	other := start(t, t.TempDir())
	e, st := private(t, o)
	step := hang(t, e.Client())
	if stopped, err := Stop(t.Context(), o, StopOptions{}); stopped || !errors.Is(err, ErrInUse) || !st.Daemon.alive() {
		t.Errorf("while somebody builds: %v, %v", stopped, err)
	}
	if stopped, err := Stop(t.Context(), o, StopOptions{Force: true}); !stopped || err != nil {
		t.Errorf("by force: %v, %v", stopped, err)
	}
	leavesNothing(t, theState(o).dir, step)
	if got := solveFile(t, connect(t, other.Addr).Client(), "alive"); got != "alive" {
		t.Errorf("another daemon was stopped: %q", got)
	}
	e.Close()
	if stopped, err := Stop(t.Context(), o, StopOptions{Remove: true}); stopped || err != nil {
		t.Errorf("where none runs: %v, %v", stopped, err)
	}
	if _, err := os.Stat(theState(o).dir); !os.IsNotExist(err) {
		t.Errorf("the state is left: %v", err)
	}
	if e, _ := private(t, o); solveFile(t, e.Client(), "new") != "new" {
		t.Error("there is no new one")
	}
}

func TestPrune(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	if got, err := Prune(t.Context(), o, PruneOptions{}); got != (Pruned{}) || err != nil {
		t.Errorf("where none is: %+v, %v", got, err)
	}
	const size = 20_000_000
	e, _ := private(t, o)
	for range 3 {
		solveBytes(t, e.Client(), size)
	}
	before := kept(t, o)
	if before < 3*size {
		t.Fatalf("%d bytes are kept", before)
	}
	e.Close()
	if _, err := Stop(t.Context(), o, StopOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := Prune(t.Context(), o, PruneOptions{Keep: 2 * size})
	if err != nil || got.Results == 0 || got.Bytes < size {
		t.Errorf("down to a size: %+v, %v", got, err)
	}
	if after := kept(t, o); after > before-size || after < size {
		t.Errorf("down to a size: %d bytes of %d are left", after, before)
	}
	if _, err := Prune(t.Context(), o, PruneOptions{All: true}); err != nil {
		t.Error(err)
	}
	if after := kept(t, o); after > size/10 {
		t.Errorf("all: %d bytes of %d are left", after, before)
	}
}

// TestKeepsItsLimit: what builds leave on the disk is brought below the limit by itself. BuildKit looks after it a second after a
// build, and at most once a minute.
func TestKeepsItsLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for more than a minute")
	}
	const size, keep = 20_000_000, 100_000_000
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}, Getenv: env(map[string]string{KeepVariable: fmt.Sprint(keep), "PATH": os.Getenv("PATH")})}
	e, _ := private(t, o)
	for range 10 {
		solveBytes(t, e.Client(), size)
	}
	got := kept(t, o)
	if info := inspect(t, o); info.Keep != keep || got < 10*size {
		t.Fatalf("%d bytes of %+v", got, info)
	}
	for deadline := time.Now().Add(100 * time.Second); got > keep; got = kept(t, o) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are left, and the limit is %d", got, keep)
		}
		time.Sleep(time.Second)
	}
	if got < size {
		t.Errorf("nothing is left of what was built last: %d bytes", got)
	}
}

func TestLimit(t *testing.T) {
	dir := t.TempDir()
	set := func(text string) (limit, error) {
		return limitFor(Options{Getenv: env(map[string]string{KeepVariable: text})}, dir)
	}
	l, err := set("")
	if err != nil || l.Keep != min(defaultKeep, l.Free*2) && l.Keep != min(defaultKeep, l.Free*2+1) {
		t.Errorf("the default is %+v, %v", l, err)
	}
	for text, want := range map[string]int64{"5GB": 5_000_000_000, "1MB": 1_000_000, "2g": 2_000_000_000, "3000000": 3_000_000} {
		if l, err := set(text); err != nil || l.Keep != want {
			t.Errorf("%s: %+v, %v", text, l, err)
		}
	}
	for _, text := range []string{"much", "0", "-1GB", "1kB"} {
		if _, err := set(text); err == nil {
			t.Errorf("%s is allowed", text)
		}
	}
	if got := (limit{Keep: 5_000_000_000, Free: 7_000_000_000}).args(); len(got) != 2 || got[1] != "1,7000,5000" {
		t.Errorf("got %q", got)
	}
	if got := (limit{}).args(); got != nil {
		t.Errorf("no limit is %q", got)
	}
}

// TestSameLimit: a daemon is not replaced because the disk has another size now.
func TestSameLimit(t *testing.T) {
	for name, test := range map[string]struct {
		wanted, running limit
		good            bool
	}{
		"another disk":        {limit{Keep: 5, Free: 3}, limit{Keep: 6, Free: 2}, true},
		"said again":          {limit{Keep: 5, Free: 3, Said: true}, limit{Keep: 5, Free: 2, Said: true}, true},
		"said another":        {limit{Keep: 5, Said: true}, limit{Keep: 6, Said: true}, false},
		"said now":            {limit{Keep: 5, Said: true}, limit{Keep: 5}, false},
		"no longer said":      {limit{Keep: 5}, limit{Keep: 5, Said: true}, false},
		"of an older modship": {limit{Keep: 5, Free: 3}, limit{}, false},
	} {
		if got := test.wanted.asGood(test.running); got != test.good {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestAnotherLimit: a limit that the user has changed counts from the next build on.
func TestAnotherLimit(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	e, old := private(t, o)
	o.Getenv = env(map[string]string{KeepVariable: "3GB", "PATH": os.Getenv("PATH")})
	second, same := private(t, o)
	if same.Daemon != old.Daemon {
		t.Error("a daemon in use was replaced")
	}
	e.Close()
	second.Close()
	if _, now := private(t, o); now.Daemon == old.Daemon || now.Limit.Keep != 3_000_000_000 {
		t.Errorf("before %+v, now %+v", old, now)
	}
}
