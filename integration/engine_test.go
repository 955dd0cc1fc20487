//go:build linux

package integration

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestEngineCommands: `modship engine` says of the BuildKit that `modship build` uses what is so, empties it, and ends it.
func TestEngineCommands(t *testing.T) {
	private := privateMode(t)
	run := func(args ...string) (string, string, error) {
		l := setUp(t)
		_, environ := private.command(l, nil, build{})
		cmd := exec.CommandContext(t.Context(), l.modship, append([]string{"engine"}, args...)...)
		cmd.Env = environ
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		return string(out), said.String(), err
	}
	status := func() (info engine.Info) {
		t.Helper()
		out, said, err := run("status", "--format", "json")
		if err == nil {
			err = json.Unmarshal([]byte(out), &info)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return info
	}
	private.build(t, build{dir: example(t, "hello")})
	before := status()
	if !before.Running || before.Size == 0 {
		t.Errorf("after a build: %+v", before)
	}
	version, err := testbed.Version(filepath.Join(lab.tools, "buildkitd"))
	if err != nil {
		t.Fatal(err)
	}
	if out, said, err := run("status"); err != nil || !strings.Contains(out, before.Address) || !strings.Contains(out, "BuildKit     "+version+"\n") {
		t.Errorf("%v\n%s%s", err, out, said)
	}
	if out, said, err := run("stop"); err == nil || !strings.Contains(said, "error: somebody builds with the private BuildKit; wait") {
		t.Errorf("while the test is connected: %v\n%s%s", err, out, said)
	}
	if out, said, err := run("prune", "--all"); err != nil || !strings.HasPrefix(out, "removed ") {
		t.Errorf("%v\n%s%s", err, out, said)
	}
	if after := status(); after.Size > before.Size/2 {
		t.Errorf("%d bytes of %d are left", after.Size, before.Size)
	}
	if out, said, err := run("stop", "--force", "--remove"); err != nil || !strings.HasPrefix(out, "stopped the private BuildKit, process ") {
		t.Errorf("%v\n%s%s", err, out, said)
	}
	if end := status(); end.Running || end.Size != 0 {
		t.Errorf("in the end: %+v", end)
	}
}
