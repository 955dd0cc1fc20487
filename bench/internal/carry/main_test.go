//go:build linux

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCarry: files, links, modes and times arrive, into a directory that has files already.
func TestCarry(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	then := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	old := filepath.Join(from, "a", "old")
	if err := errors.Join(
		os.Mkdir(filepath.Join(from, "a"), 0o755), os.WriteFile(old, []byte("old"), 0o444), os.Chtimes(old, then, then),
		os.Symlink("old", filepath.Join(from, "a", "link")), os.Chmod(filepath.Join(from, "a"), 0o555),
		os.WriteFile(filepath.Join(to, "kept"), []byte("kept"), 0o644),
		carry(from, to), carry(filepath.Join(from, "missing"), to),
	); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a/old": "old", "a/link": "old", "kept": "kept"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	file, err := os.Stat(filepath.Join(to, "a", "old"))
	if err != nil || !file.ModTime().Equal(then) || file.Mode().Perm() != 0o444 {
		t.Errorf("the file is %v, %v", file, err)
	}
	if dir, err := os.Stat(filepath.Join(to, "a")); err != nil || dir.Mode().Perm() != 0o555 {
		t.Errorf("the directory is %v, %v", dir, err)
	}
}
