//go:build linux

package integration

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/plan"
)

// TestPlan asks for the plan in both ways. Nothing is compiled for it.
func TestPlan(t *testing.T) {
	dir := example(t, "web")
	t.Run("syntax", func(t *testing.T) {
		r := syntax.build(t, build{dir: dir, noImage: true, flags: []string{"--call=modship.plan"}})
		r.says(t, "example.com/web", "imports of other modules: ")
		r.without(t, "deps", "compile")
	})
	t.Run("client", func(t *testing.T) {
		p := planOf(t, dir, bothPlatforms, "--build-arg", "BUILDKIT_CACHE_MOUNT_NS=mine")
		if p.Main.ImportPath != "example.com/web" || len(p.Images) != 2 {
			t.Errorf("plan of %s for %d platforms", p.Main.ImportPath, len(p.Images))
		}
		if p.Cache.Namespace != "mine" {
			t.Errorf("the namespace of the cache mounts is %q", p.Cache.Namespace)
		}
	})
}

// planOf asks modship for the plan of a context.
func planOf(t *testing.T, dir, platforms string, flags ...string) plan.Plan {
	t.Helper()
	l := setUp(t)
	args := append([]string{"plan", "--addr", l.daemon.Addr, "--progress", "quiet", "--format", "json", "--platform", platforms}, flags...)
	cmd := exec.CommandContext(t.Context(), l.modship, append(args, dir)...)
	cmd.Env = l.daemon.env
	var said strings.Builder
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var p plan.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}
