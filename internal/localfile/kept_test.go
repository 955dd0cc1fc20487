package localfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/modship-build/modship/internal/localfile"
)

const name = "example.org/m/@v/v1.0.0.zip"

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKept: many builds may keep the same file at a time.
func TestKept(t *testing.T) {
	folder, from, to := localfile.Folder(t.TempDir()), write(t, filepath.Join(t.TempDir(), "f"), "zip"), filepath.Join(t.TempDir(), "to")
	if err := folder.Get(name, to, 3); !os.IsNotExist(err) {
		t.Errorf("nothing is kept: %v", err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := folder.Put(from, name); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := folder.Get(name, to, 3); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(to); string(text) != "zip" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if err := folder.Used(name); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Join(string(folder), filepath.Dir(name)))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if info, err := left[0].Info(); err != nil || info.Mode() != 0o644 {
		t.Errorf("another user's build cannot read it: %v, %v", info.Mode(), err)
	}
	if err := folder.Get(name, to, 2); err == nil || !strings.Contains(err.Error(), "2 bytes allowed") {
		t.Errorf("too large: %v", err)
	}
}

// TestHostile: what others may have put there neither blocks nor leads elsewhere.
func TestHostile(t *testing.T) {
	for what, plant := range map[string]func(dir, outside string) error{
		"a pipe":           func(dir, _ string) error { return syscall.Mkfifo(filepath.Join(dir, name), 0o666) },
		"a link":           func(dir, outside string) error { return os.Symlink(outside, filepath.Join(dir, name)) },
		"a link to a pipe": func(dir, _ string) error { return os.Symlink("pipe", filepath.Join(dir, name)) },
		"a folder":         func(dir, _ string) error { return os.Mkdir(filepath.Join(dir, name), 0o777) },
		"a folder that is a link": func(dir, outside string) error {
			parent := filepath.Join(dir, filepath.Dir(name))
			if err := os.RemoveAll(parent); err != nil {
				return err
			}
			return os.Symlink(filepath.Dir(outside), parent)
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			outside := write(t, filepath.Join(t.TempDir(), "v1.0.0.zip"), "secret")
			parent := filepath.Join(dir, filepath.Dir(name))
			if err := os.MkdirAll(parent, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(filepath.Join(parent, "pipe"), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := plant(dir, outside); err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(t.TempDir(), "to")
			if err := localfile.Folder(dir).Get(name, to, 100); err == nil {
				text, _ := os.ReadFile(to)
				t.Errorf("it was read: %q", text)
			}
			from := write(t, filepath.Join(t.TempDir(), "f"), "zip")
			_ = localfile.Folder(dir).Put(from, name) // may fail, but not write elsewhere
			if text, err := os.ReadFile(outside); string(text) != "secret" || err != nil {
				t.Errorf("what is elsewhere is now %q, %v", text, err)
			}
		})
	}
}
