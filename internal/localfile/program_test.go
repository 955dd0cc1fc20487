//go:build unix

package localfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFind is in a tree that holds a program of the name that is looked for.
func TestFind(t *testing.T) {
	tree, system, other := t.TempDir(), t.TempDir(), t.TempDir()
	for file, mode := range map[string]os.FileMode{
		filepath.Join(tree, "runc"): 0o755, filepath.Join(tree, "bin", "runc"): 0o755,
		filepath.Join(system, "runc"): 0o755, filepath.Join(other, "runc"): 0o644,
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(tree)
	want := filepath.Join(system, "runc")
	for _, path := range []string{
		system, ":" + system, system + ":", "::" + system + "::", ".:" + system, "./:" + system, "bin:" + system, "./bin:" + system,
		"../" + filepath.Base(tree) + ":" + system, other + ":" + system, "/nowhere:" + system,
	} {
		if got, err := FindProgram("runc", path); got != want || err != nil {
			t.Errorf("PATH=%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"", ":", ".", "bin", other} {
		if got, err := FindProgram("runc", path); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("PATH=%s: %q, %v", path, got, err)
		}
	}
}
