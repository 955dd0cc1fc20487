package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/engine"
)

func runEngine(t *testing.T, o engine.Options, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := NewEngineCommand(Env{Stdout: &out, Stderr: t.Output()}, func() engine.Options { return o })
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(context.Background())
	return out.String(), err
}

// TestEngineWithoutOne: no command makes or starts anything where there is no private BuildKit. With one, integration runs them.
func TestEngineWithoutOne(t *testing.T) {
	o := engine.Options{CacheDir: filepath.Join(t.TempDir(), "none")}
	for _, test := range []struct{ args, want string }{
		{"status", "running  no\nstate"},
		{"prune", "removed 0 results of builds, 0B\n"},
		{"prune --all --keep 5GB --format json", `{
  "results": 0,
  "bytes": 0
}
`},
		{"stop", "no private BuildKit runs\n"},
	} {
		got, err := runEngine(t, o, strings.Fields(test.args)...)
		if err != nil || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %v\n%s", test.args, err, got)
		}
	}
	out, err := runEngine(t, o, "status", "--format", "json")
	var info engine.Info
	if err != nil || json.Unmarshal([]byte(out), &info) != nil || !strings.HasPrefix(info.State, o.CacheDir) || info.Running {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestEngineMistakes(t *testing.T) {
	o := engine.Options{CacheDir: t.TempDir()}
	for _, test := range []struct {
		args, says string
		code       int
	}{
		{"status --format yaml", `invalid argument "yaml" for "--format" flag: it is text or json`, ExitUsage},
		{"prune --keep much", `--keep: "much" is no size; write one such as 5GB`, ExitUsage},
		{"prune --kep 5GB", "--keep", ExitUsage},
		{"status now", "unknown command", ExitUsage},
	} {
		_, err := runEngine(t, o, strings.Fields(test.args)...)
		var said bytes.Buffer
		if code := Report(&said, err); code != test.code || !strings.Contains(said.String(), test.says) {
			t.Errorf("%s: exit code %d\n%s", test.args, code, &said)
		}
	}
	// A machine without a home has none, and needs one.
	if _, err := runEngine(t, engine.Options{NoCacheDir: errors.New("no home")}, "status"); err == nil || !strings.Contains(err.Error(), "XDG_CACHE_HOME") {
		t.Errorf("got %v", err)
	}
}

// followPrune: the size that a message shows is one.
func followPrune(t *testing.T) string {
	t.Helper()
	o := engine.Options{CacheDir: filepath.Join(t.TempDir(), "none")}
	_, wrong := runEngine(t, o, "prune", "--keep", "much")
	if _, again := runEngine(t, o, "prune", "--keep", "5GB"); wrong == nil || again != nil {
		t.Errorf("%v, and then %v", wrong, again)
	}
	return wrong.Error()
}

func TestStatusText(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got := statusText(engine.Info{
		State: "/c/engine/x", Size: 1_200_000_000, Keep: 20_000_000_000, Running: true, InUse: true, Rootless: true, PID: 12, Supervisor: 11,
		Address: "unix:///c/engine/x/s", Started: now.Add(-3 * time.Minute), Version: "v0.33.1", Snapshotter: "overlayfs", Log: "/c/engine/x/log",
	}, now)
	const want = `running      yes, in use
process      12, supervised by 11, without root
age          3 minutes
address      unix:///c/engine/x/s
BuildKit     v0.33.1
snapshotter  overlayfs
state        /c/engine/x
on disk      1.2GB
keeps        at most 20GB
log          /c/engine/x/log
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStopText(t *testing.T) {
	i := engine.Info{State: "/c/engine/x", Size: 1000, PID: 12}
	for _, test := range []struct {
		stopped, removed bool
		want             string
	}{
		{false, false, "no private BuildKit runs\n"},
		{true, false, "stopped the private BuildKit, process 12\n"},
		{true, true, "stopped the private BuildKit, process 12\nremoved /c/engine/x, 1kB\n"},
	} {
		if got := stopText(i, test.stopped, test.removed); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
