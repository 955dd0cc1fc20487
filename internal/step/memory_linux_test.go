package step

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestAllowanceOfAControlGroup asks the kernel about a group that has a limit, with the group where a step's own is: BuildKit mounts it
// there.
func TestAllowanceOfAControlGroup(t *testing.T) {
	const limit = 768 << 20
	mounted, name := "/sys/fs/cgroup", "memory.max"
	if _, err := os.Stat(filepath.Join(mounted, "memory", "memory.limit_in_bytes")); err == nil {
		mounted, name = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	}
	group := filepath.Join(mounted, fmt.Sprintf("modship-test-%d", os.Getpid()))
	inner := filepath.Join(group, "step")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		testbed.Missing(t, "the right to make control groups: %v", err)
	}
	t.Cleanup(func() {
		os.Remove(inner)
		os.Remove(group)
	})
	limited := inner
	if name == "memory.limit_in_bytes" {
		limited = group // version 1 tells a group what those above it leave
	}
	if err := os.WriteFile(filepath.Join(limited, name), []byte(fmt.Sprint(limit)), 0o644); err != nil {
		testbed.Missing(t, "the right to limit control groups: %v", err)
	}
	root := t.TempDir()
	at := filepath.Join(root, mounted)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{inner: at, "/proc": filepath.Join(root, "proc")} {
		if err := os.Symlink(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if got := readAllowance(os.DirFS(root), 2); got.memory != limit {
		t.Errorf("%+v, want %d bytes", got, limit)
	}
}
