package vcs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/vcs"
)

// FuzzCorruptObjects overwrites bytes in one file of the object store. What is then said of HEAD is what was true, or less, or an
// error; never something else, no panic, and no endless loop.
func FuzzCorruptObjects(f *testing.F) {
	w := newWorld(f)
	w.repo("m", mod)
	w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
	for range 10 {
		w.write("m/data", string(bytes.Repeat([]byte(w.now.String()), 20)))
		w.commit("m", "next")
	}
	w.git("m", "gc", "-q", "--aggressive")
	w.commit("m", "loose")
	truth := w.facts("m", vcs.Module{Path: mod})
	if truth.Version == "" {
		f.Fatalf("%+v", truth)
	}
	files := objectFiles(f, w.path("m/.git/objects"))
	for i := range files {
		f.Add(uint(i), uint(0), []byte{0xff})
		f.Add(uint(i), uint(8), []byte{0, 0, 0, 0xff})
		f.Add(uint(i), uint(1040), []byte{0xff, 0xff, 0xff, 0xff})
	}
	f.Fuzz(func(t *testing.T, file, offset uint, with []byte) {
		name := files[file%uint(len(files))]
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(good)
		copy(bad[offset%uint(len(bad)):], with)
		overwrite(t, name, bad)
		defer overwrite(t, name, good)

		hang := time.AfterFunc(20*time.Second, func() { panic("no answer after 20 s") })
		defer hang.Stop()
		r, err := vcs.Open(w.path("m"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got, err := r.Facts(vcs.Module{Path: mod})
		if got.Revision != truth.Revision || !got.Time.IsZero() && got.Time != truth.Time || got.Version != "" && got.Version != truth.Version {
			t.Errorf("%+v, error %v", got, err)
		}
		changed, err := r.Modified(os.DirFS(w.path("m")), "")
		if err == nil && len(changed) > 0 {
			t.Errorf("changed: %v", changed)
		}
	})
}

func objectFiles(t testing.TB, dir string) []string {
	t.Helper()
	packs, err := filepath.Glob(filepath.Join(dir, "pack", "*"))
	if err != nil {
		t.Fatal(err)
	}
	loose, err := filepath.Glob(filepath.Join(dir, "??", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(packs) < 2 || len(loose) == 0 {
		t.Fatalf("packs %v, loose objects %v", packs, loose)
	}
	return append(packs, loose...)
}

func overwrite(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
