package localfile

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
)

// TestIrregular: a pipe that nobody writes to, a device and a socket are refused at once, by their names and through links.
func TestIrregular(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	socket, err := net.Listen("unix", in("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := errors.Join(
		syscall.Mkfifo(in("pipe"), 0o600), os.Symlink("pipe", in("link")), os.Symlink("/dev/zero", in("device")),
		os.WriteFile(in("file"), []byte("text"), 0o600), os.Symlink("file", in("good")), os.Mkdir(in("folder"), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	tree := FS{os.DirFS(dir)}
	for _, name := range []string{"pipe", "link", "device", "socket"} {
		if f, err := Open(in(name)); !errors.Is(err, errIrregular) || !Irregular(in(name)) {
			t.Errorf("%s: %v, %v", name, f, err)
		}
		if text, err := fs.ReadFile(tree, name); !errors.Is(err, errIrregular) {
			t.Errorf("%s of the tree: %q, %v", name, text, err)
		}
	}
	for _, name := range []string{"file", "good"} {
		f, err := Open(in(name))
		if err != nil || Irregular(in(name)) {
			t.Fatalf("%s: %v", name, err)
		}
		f.Close()
		if text, err := fs.ReadFile(tree, name); err != nil || string(text) != "text" {
			t.Errorf("%s of the tree: %q, %v", name, text, err)
		}
	}
	if f, err := Open(in("folder")); !errors.Is(err, errIrregular) {
		t.Errorf("a folder: %v, %v", f, err)
	}
	if _, err := Open(in("none")); !errors.Is(err, fs.ErrNotExist) || Irregular(in("none")) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestFS(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "a"), 0o755), os.WriteFile(filepath.Join(dir, "a/b"), []byte("x"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(FS{os.DirFS(dir)}, "a/b"); err != nil {
		t.Error(err)
	}
}
