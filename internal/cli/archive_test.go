package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write is what BuildKit does with an output, up to its end.
func write(t *testing.T, a *archive, content string) {
	t.Helper()
	f, err := a.create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// contents are the files of a folder, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(data)
	}
	return found
}

func TestArchiveIsWholeOrNotThere(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  string
		succeed bool
		want    map[string]string
	}{
		{"new and built", "", true, map[string]string{"a.tar": "new"}},
		{"new and failed", "", false, map[string]string{}},
		{"old and built", "old", true, map[string]string{"a.tar": "new"}},
		{"old and failed", "old", false, map[string]string{"a.tar": "old"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			dest := filepath.Join(dir, "a.tar")
			if c.before != "" {
				if err := os.WriteFile(dest, []byte(c.before), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			a := &archive{dest: dest}
			write(t, a, "new")
			if got := contents(t, dir)["a.tar"]; got != c.before {
				t.Errorf("while BuildKit writes, the file has %q in it, want %q", got, c.before)
			}
			if c.succeed {
				if err := a.commit(); err != nil {
					t.Fatal(err)
				}
			}
			a.discard()
			if diff := cmp.Diff(c.want, contents(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if fi, err := os.Stat(dest); err == nil && c.before != "" && fi.Mode().Perm() != 0o640 {
				t.Errorf("the mode is %v now", fi.Mode())
			}
		})
	}
}

// TestArchiveBehindASymlink replaces the file and not the link to it.
func TestArchiveBehindASymlink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "v1.tar"), filepath.Join(dir, "latest.tar")
	if err := os.WriteFile(real, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("v1.tar", link); err != nil {
		t.Fatal(err)
	}
	a := &archive{dest: link}
	write(t, a, "new")
	if err := a.commit(); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", fi, err)
	}
	if diff := cmp.Diff(map[string]string{"v1.tar": "new", "latest.tar": "new"}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestArchiveToADevice writes in place what is no file.
func TestArchiveToADevice(t *testing.T) {
	a := &archive{dest: os.DevNull}
	write(t, a, "new")
	if err := a.commit(); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(os.DevNull); err != nil || fi.Mode()&os.ModeDevice == 0 {
		t.Fatalf("%s is %v now, %v", os.DevNull, fi, err)
	}
}
