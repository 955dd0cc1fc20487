package reffs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/reffs"
)

func tree(t *testing.T) *dir {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/app\n", "go.sum": "", "lib/go.mod": "module example.com/lib\n", "lib/deep/er/x.go": "package x\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &dir{root: root}
}

// TestFS holds the file system against the contract of io/fs.
func TestFS(t *testing.T) {
	fsys := reffs.FS(t.Context(), tree(t), 1<<20)
	if err := fstest.TestFS(fsys, "go.mod", "go.sum", "lib/go.mod", "lib/deep/er/x.go", "empty"); err != nil {
		t.Error(err)
	}
}

// TestFSInfo compares what is said of each file with what os says of it.
func TestFSInfo(t *testing.T) {
	ref := tree(t)
	fsys := reffs.FS(t.Context(), ref, 1<<20)
	err := fs.WalkDir(os.DirFS(ref.root), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		want, err := os.Stat(filepath.Join(ref.root, name))
		if err != nil {
			return err
		}
		got, err := fs.Stat(fsys, name)
		if err != nil {
			return err
		}
		if got.Name() != want.Name() || got.Mode() != want.Mode() || !got.ModTime().Equal(want.ModTime()) || !want.IsDir() && got.Size() != want.Size() {
			t.Errorf("%s is %s, want %s", name, fs.FormatFileInfo(got), fs.FormatFileInfo(want))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFSLinks: links are followed, and none leads out of the reference.
func TestFSLinks(t *testing.T) {
	ref := tree(t)
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dest := range map[string]string{"inside": "lib/go.mod", "outside": outside, "up": "../../../../" + outside, "dangling": "nowhere"} {
		if err := os.Symlink(dest, filepath.Join(ref.root, name)); err != nil {
			t.Fatal(err)
		}
	}
	fsys := reffs.FS(t.Context(), ref, 1<<20)
	if b, err := fs.ReadFile(fsys, "inside"); err != nil || string(b) != "module example.com/lib\n" {
		t.Errorf("a link inside: %q, %v", b, err)
	}
	for _, name := range []string{"outside", "up", "dangling"} {
		if b, err := fs.ReadFile(fsys, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestFSErrors(t *testing.T) {
	fsys := reffs.FS(t.Context(), tree(t), 10)
	calls := map[string]func(name string) error{
		"open":    func(name string) error { f, err := fsys.Open(name); closed(t, f, err); return err },
		"stat":    func(name string) error { _, err := fs.Stat(fsys, name); return err },
		"read":    func(name string) error { _, err := fs.ReadFile(fsys, name); return err },
		"readdir": func(name string) error { _, err := fs.ReadDir(fsys, name); return err },
	}
	for op, call := range calls {
		for name, want := range map[string]error{
			"/go.mod": fs.ErrInvalid, "../go.mod": fs.ErrInvalid, "lib/": fs.ErrInvalid, "": fs.ErrInvalid, "nowhere": fs.ErrNotExist,
		} {
			if err := call(name); !errors.Is(err, want) {
				t.Errorf("%s %q: %v, want %v", op, name, err, want)
			}
		}
	}
	for _, op := range []string{"open", "read"} {
		if err := calls[op]("go.mod"); !errors.Is(err, reffs.ErrTooLarge) {
			t.Errorf("%s over the limit: %v", op, err)
		}
	}
}

// closed checks that an error comes without a file.
func closed(t *testing.T, f fs.File, err error) {
	t.Helper()
	if err != nil && f != nil {
		t.Errorf("both a file and the error %v", err)
	}
}
