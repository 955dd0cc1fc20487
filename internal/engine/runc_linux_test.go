package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/stepnet"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestOwnRunc: where the machine's runc is missing or too old, one is built that has seccomp, and steps run with it.
func TestOwnRunc(t *testing.T) {
	needRuncTools(t)
	if _, err := findTools(t.Context(), toolRequest{runcTool(), testCache(t), testLog{t}, []string{"runc"}, lookPath, false}); err != nil {
		t.Fatal(err)
	}
	var said testbed.Buffer
	o := pathWith(t, map[string]string{"runc": "echo runc version 1.1.11; echo libseccomp: 2.5.4"})
	o.CacheDir, o.Progress = privateCache(t), &said
	e, _ := private(t, o)
	own := filepath.Join(o.CacheDir, "tools", runcTool().hash(), "bin", "runc")
	resolved, err := filepath.EvalSymlinks(own)
	if err != nil {
		t.Fatal(err)
	}
	if len(processes(t, resolved)) == 0 {
		t.Errorf("the daemon runs steps with another runc than %s", resolved)
	}
	if got := probeStep(t, e, stepnet.Settings{}, nil); len(got) != 1 {
		t.Errorf("a step reached %q", got)
	}
	if warning, err := checkRunc(t.Context(), own); warning != "" || err != nil {
		t.Errorf("the one that was built: %q, %v", warning, err)
	}
}

func needRuncTools(t *testing.T) {
	t.Helper()
	if missing := runcNeeds(t.Context(), lookPath); len(missing) > 0 {
		testbed.Missing(t, "%s, to build runc (Debian: gcc libc6-dev pkg-config libseccomp-dev)", strings.Join(missing, ", "))
	}
}

// TestOwnRuncNeeds: what is missing to build one is named beside what is wrong with the machine's.
func TestOwnRuncNeeds(t *testing.T) {
	o := pathWith(t, map[string]string{"pkg-config": "exit 1"})
	err := ownRunc(t.Context(), o, ErrNoRunc)
	if !errors.Is(err, ErrNoRunc) {
		t.Errorf("got %v", err)
	}
	for _, says := range []string{"gcc, libseccomp (", "apt-get install gcc libc6-dev pkg-config libseccomp-dev"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
	bin := filepath.Join(o.CacheDir, "tools", runcTool().hash(), "bin")
	if err := errors.Join(os.MkdirAll(bin, 0o700), os.WriteFile(filepath.Join(bin, "runc"), nil, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := ownRunc(t.Context(), o, ErrNoRunc); err != nil {
		t.Errorf("where one has been built: %v", err)
	}
}
