package testbed

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRunDir: folders of processes that have ended are removed by the next one, and nothing else is: not that of a process that lives, not one that
// nobody is known to have made, not what others are called, not that of another user.
func TestRunDir(t *testing.T) {
	parent := t.TempDir()
	next := func() *RunDir {
		t.Helper()
		d, err := NewRunDir(parent, "run-", t.Output())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.owner.Close() })
		return d
	}
	dead := next()
	if err := os.WriteFile(filepath.Join(dead.Path, "large"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	live := next()
	unknown, other := filepath.Join(parent, "run-unknown"), filepath.Join(parent, "other")
	if err := errors.Join(os.Mkdir(unknown, 0o755), os.Mkdir(other, 0o755), os.WriteFile(filepath.Join(other, ownerFile), nil, 0o600),
		os.Symlink(other, filepath.Join(parent, "run-link"))); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Base(live.Path), "other", "run-link", "run-unknown"}
	if os.Geteuid() == 0 {
		elses := filepath.Join(parent, "run-elses")
		if err := errors.Join(os.Mkdir(elses, 0o755), os.WriteFile(filepath.Join(elses, ownerFile), nil, 0o600), os.Chown(elses, 12345, 12345)); err != nil {
			t.Fatal(err)
		}
		want = append(want, "run-elses")
	}
	dead.owner.Close() // as at the end of a process
	want = append(want, filepath.Base(next().Path))
	slices.Sort(want)
	if got := names(t, parent); !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	if err := live.Remove(); err != nil {
		t.Error(err)
	}
	if slices.Contains(names(t, parent), filepath.Base(live.Path)) {
		t.Error("a folder that was removed is still there")
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestRunDirWithMounts: what is mounted in a folder that was left, one upon the other and in use, is taken away, and nothing of it is removed.
func TestRunDirWithMounts(t *testing.T) {
	if os.Geteuid() != 0 {
		Missing(t, "the rights of root, to mount")
	}
	parent, kept := t.TempDir(), t.TempDir()
	file := filepath.Join(kept, "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := NewRunDir(parent, "run-", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(d.Path, "a folder")
	bind := func() error { return unix.Mount(kept, at, "", unix.MS_BIND, "") }
	if err := errors.Join(os.Mkdir(at, 0o755), os.Symlink(kept, filepath.Join(d.Path, "link")), unix.Mount("tmpfs", at, "tmpfs", 0, "size=1m"), bind(), bind()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for unix.Unmount(at, unix.MNT_DETACH) == nil {
		}
	})
	used, err := os.Open(filepath.Join(at, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	d.owner.Close()
	if err := removeLeft(parent, "run-"); err != nil {
		t.Fatal(err)
	}
	if got := names(t, parent); len(got) > 0 {
		t.Errorf("there is %q", got)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "kept" {
		t.Errorf("what was mounted has %q, %v", text, err)
	}
}

// TestRunDirAgain: a folder that cannot be removed yet keeps the file of its owner, so that the next one can remove it. What is mounted in it once
// more stays where it was mounted first, also if the two share what is mounted in them.
func TestRunDirAgain(t *testing.T) {
	if os.Geteuid() != 0 {
		Missing(t, "the rights of root, to mount")
	}
	parent, shared := t.TempDir(), t.TempDir()
	sub := filepath.Join(shared, "sub")
	if err := errors.Join(unix.Mount("tmpfs", shared, "tmpfs", 0, "size=1m"), unix.Mount("", shared, "", unix.MS_SHARED, ""), os.Mkdir(sub, 0o755),
		unix.Mount("tmpfs", sub, "tmpfs", 0, "size=1m"), os.WriteFile(filepath.Join(sub, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(unix.Unmount(sub, unix.MNT_DETACH), unix.Unmount(shared, unix.MNT_DETACH)); err != nil {
			t.Error(err)
		}
	})
	d, err := NewRunDir(parent, "run-", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	at, fixed := filepath.Join(d.Path, "at"), filepath.Join(d.Path, "fixed")
	if err := errors.Join(os.Mkdir(at, 0o755), unix.Mount(shared, at, "", unix.MS_BIND|unix.MS_REC, ""), os.WriteFile(fixed, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	attribute(t, fixed, "+i")
	if err := d.Remove(); err == nil {
		t.Error("a file that cannot be removed was removed")
	}
	if got := names(t, d.Path); !slices.Contains(got, ownerFile) {
		t.Errorf("there is %q, without the file of the owner", got)
	}
	attribute(t, fixed, "-i")
	if err := removeLeft(parent, "run-"); err != nil {
		t.Fatal(err)
	}
	if got := names(t, parent); len(got) > 0 {
		t.Errorf("there is %q", got)
	}
	if got := names(t, sub); !slices.Equal(got, []string{"file"}) {
		t.Errorf("what was mounted first has %q", got)
	}
}

// attribute changes one that ext4 and others know, such as i for a file that nobody can remove.
func attribute(t *testing.T, name, change string) {
	t.Helper()
	if out, err := exec.Command("chattr", change, name).CombinedOutput(); err != nil {
		Missing(t, "a file system with chattr %s: %s", change, out)
	}
}
