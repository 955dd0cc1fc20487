package step

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCopyTree(t *testing.T) {
	from := lay(t, "-- a.go --\npackage a\n-- sub/b.go --\npackage b\n-- sub/same.go --\npackage a\n")
	for name, dest := range map[string]string{"link": "sub/b.go", "dangling": "nowhere", "sub/up": "../a.go", "folder": "sub"} {
		if err := os.Symlink(dest, filepath.Join(from, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(from, "a.go"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(from, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "new/work")
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for name, text := range listing(t, to) {
		kinds[name] = text
		if !strings.HasPrefix(text, "->") {
			kinds[name] = strings.Fields(text)[0]
		}
	}
	want := map[string]string{
		".": "drwxr-xr-x", "sub": "drwxr-xr-x", "a.go": "-rw-r--r--", "sub/b.go": "-rw-r--r--", "sub/same.go": "-rw-r--r--",
		"link": "-> sub/b.go", "dangling": "-> nowhere", "sub/up": "-> ../a.go", "folder": "-> sub",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCopyTreeTimes: cmd/go keeps an index of packages by name, time and size of their files (golang/go#69179).
func TestCopyTreeTimes(t *testing.T) {
	times := func(dir string) map[string]time.Time {
		to := t.TempDir()
		if err := copyTree(dir, to); err != nil {
			t.Fatal(err)
		}
		found := map[string]time.Time{}
		for _, name := range []string{"a.go", "b.go", "same.go"} {
			info, err := os.Stat(filepath.Join(to, name))
			if err != nil {
				t.Fatal(err)
			}
			found[name] = info.ModTime()
		}
		return found
	}
	// The two lines have the same length and mean the opposite.
	const linux, other = "//go:build  linux\n", "//go:build !linux\n"
	first := times(lay(t, "-- a.go --\n"+linux+"-- b.go --\n"+other+"-- same.go --\n"+linux))
	second := times(lay(t, "-- a.go --\n"+other+"-- b.go --\n"+other+"-- same.go --\n"+linux))
	if first["a.go"].Equal(second["a.go"]) {
		t.Error("a file of another content has the same time")
	}
	if !first["b.go"].Equal(second["b.go"]) || !first["a.go"].Equal(first["same.go"]) {
		t.Error("equal files have different times")
	}
	for name, at := range first {
		if at.Year() < 1970 || at.Year() > 2006 || time.Since(at) < time.Hour {
			t.Errorf("%s has the time %s", name, at)
		}
	}
}

// TestCopyTreeMissing: a mount without files may not be there, but what a folder lists must be.
func TestCopyTreeMissing(t *testing.T) {
	if err := copyTree(filepath.Join(t.TempDir(), "none"), t.TempDir()); err != nil {
		t.Errorf("a missing mount: %v", err)
	}
	from := lay(t, "-- a --\n")
	to := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(to, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, to); err == nil {
		t.Error("a tree was copied onto a file")
	}
	dangling := t.TempDir()
	if err := os.Symlink("nowhere/file", filepath.Join(dangling, "a")); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, dangling); err == nil {
		t.Error("a file that could not be written is no error")
	}
}

func TestSetTimes(t *testing.T) {
	dir := lay(t, "-- a/b/c --\n-- d --\n")
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	if err := setTimes(dir, zeroTime); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", "a", "a/b", "a/b/c", "d"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || !info.ModTime().Equal(zeroTime) {
			t.Errorf("%s: %v, %v", name, info.ModTime(), err)
		}
	}
}

// TestSealLeavesLowerLayers: what is sealed already is not even opened for writing, or overlayfs would copy it.
func TestSealLeavesLowerLayers(t *testing.T) {
	dir := t.TempDir()
	sealed, fresh := filepath.Join(dir, "00", "aa-a"), filepath.Join(dir, "00", "bb-a")
	entry := "v1 " + strings.Repeat("0", 64) + " " + strings.Repeat("1", 64) + fmt.Sprintf(" %20d %20d\n", 7, 12345)
	for _, name := range []string{sealed, fresh} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(entry), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(sealed, sealedTime, sealedTime); err != nil {
		t.Fatal(err)
	}
	if err := sealCache(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{sealed: true, fresh: false} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(content) == entry; got != want {
			t.Errorf("%s is as it was: %v, want %v", name, got, want)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(sealedTime) {
			t.Errorf("%s has the time %s", name, info.ModTime())
		}
	}
}
