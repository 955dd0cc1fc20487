package vcs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFindCheckout(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"repo/.git", "repo/a/b", "repo/sub/c", "none/d"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(top, "repo/sub/.git"), []byte("gitdir: elsewhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../repo/a", filepath.Join(top, "none/link")); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string][2]string{
		"repo": {"repo", "."}, "repo/a/b": {"repo", "a/b"}, "repo/sub": {"repo/sub", "."}, "repo/sub/c": {"repo/sub", "c"},
		"none/link": {"repo", "a"}, "none/link/b": {"repo", "a/b"},
	} {
		root, prefix, err := FindCheckout(filepath.Join(top, dir))
		if err != nil || root != filepath.Join(top, want[0]) || prefix != want[1] {
			t.Errorf("%s: %s in %s (%v), want %s in %s", dir, prefix, root, err, want[1], want[0])
		}
	}
	if root, _, err := FindCheckout(filepath.Join(top, "none/d")); !errors.Is(err, ErrNoRepository) {
		t.Errorf("without a repository: %q, %v", root, err)
	}
	if _, _, err := FindCheckout(filepath.Join(top, "missing")); err == nil || errors.Is(err, ErrNoRepository) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
