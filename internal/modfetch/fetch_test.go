package modfetch

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/testing/testbed"
)

func TestFetch(t *testing.T) {
	w := newWorld(t, published)
	f := w.fetcher()
	f.Kept = t.TempDir()
	first := t.TempDir()
	told := make(chan module.Version, 100)
	f.Fetched = func(m module.Version) { told <- m }
	if err := f.Modules(t.Context(), w.list(), w.sums, first); err != nil {
		t.Fatal(err)
	}
	close(told)
	var fetched []module.Version
	for m := range told {
		fetched = append(fetched, m)
	}
	module.Sort(fetched)
	if diff := cmp.Diff(w.list(), fetched); diff != "" {
		t.Errorf("modules that were told of (-want +got):\n%s", diff)
	}
	f.Fetched = nil
	got := slices.DeleteFunc(testbed.Files(t, first), func(n string) bool { return !strings.Contains(n, "!c") })
	v := "example.org/!c/@v/v1.0.0"
	if diff := cmp.Diff([]string{v + ".info", v + ".mod", v + ".zip", v + ".ziphash"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join(first, v+".ziphash"))
	if want, _ := dirhash.HashZip(filepath.Join(first, v+".zip"), dirhash.Hash1); err != nil || string(text) != want {
		t.Errorf("ziphash %q, %v, want %q", text, err, want)
	}

	w.files = nil // from now on all comes from what was kept
	second := t.TempDir()
	if err := f.Modules(t.Context(), w.list(), w.sums, second); err != nil {
		t.Fatalf("with the files of the first time: %v", err)
	}
	if diff := cmp.Diff(testbed.Files(t, first), testbed.Files(t, second)); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func TestFetchFails(t *testing.T) {
	name := func(ext string) string { n, _ := FileName(logModule, ext); return n }
	for _, tt := range []struct {
		name   string
		change func(*world, *Fetcher)
		want   []string
	}{
		{"missing", func(w *world, _ *Fetcher) { delete(w.files, name(".zip")) }, []string{"fetching example.org/log@v1.0.0", "404"}},
		{"another zip", func(w *world, _ *Fetcher) { w.files[name(".zip")] = w.files["example.org/win/@v/v1.0.0.zip"] },
			[]string{"verifying example.org/log@v1.0.0: checksum mismatch", "go.sum has h1:"}},
		{"another go.mod", func(w *world, _ *Fetcher) { w.files[name(".mod")].Data = []byte("module evil\n") },
			[]string{"verifying example.org/log@v1.0.0/go.mod: checksum mismatch"}},
		{"truncated zip", func(w *world, _ *Fetcher) { w.files[name(".zip")].Data = w.files[name(".zip")].Data[:100] },
			[]string{"example.org/log@v1.0.0", "zip"}},
		{"info of another version", func(w *world, _ *Fetcher) { w.files[name(".info")].Data = []byte(`{"Version":"v2.0.0"}`) },
			[]string{`"v2.0.0"`}},
		{"info that is no JSON", func(w *world, _ *Fetcher) { w.files[name(".info")].Data = []byte("<html>") }, []string{".info"}},
		{"private", func(_ *world, f *Fetcher) { f.Settings.Private = []string{"example.org/log"} }, []string{"GOPRIVATE", "GONOPROXY=none"}},
		{"direct", func(_ *world, f *Fetcher) { f.Settings.Proxy = "direct" }, []string{"version control", "module proxy is needed"}},
		{"off", func(_ *world, f *Fetcher) { f.Settings.Proxy = "off" }, []string{"GOPROXY=off"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, published)
			f := w.fetcher()
			tt.change(w, f)
			f.Fetched = func(m module.Version) {
				if m == logModule {
					t.Errorf("%s counts as fetched", m)
				}
			}
			err := f.Modules(t.Context(), w.list(), w.sums, t.TempDir())
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
		})
	}
}

// TestPoisonedKept: what an earlier build kept is verified like a download, and replaced if it is not right.
func TestPoisonedKept(t *testing.T) {
	w := newWorld(t, published)
	f := w.fetcher()
	f.Kept = t.TempDir()
	if err := f.Modules(t.Context(), w.list(), w.sums, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	poisoned := filepath.Join(f.Kept, "example.org/log/@v/v1.0.0.zip")
	if err := localfile.Copy(filepath.Join(f.Kept, "example.org/win/@v/v1.0.0.zip"), poisoned); err != nil {
		t.Fatal(err)
	}
	if err := f.Modules(t.Context(), w.list(), w.sums, t.TempDir()); err != nil {
		t.Errorf("with a proxy that has the right zip: %v", err)
	}
	if content, err := os.ReadFile(poisoned); err != nil || !bytes.Equal(content, w.files["example.org/log/@v/v1.0.0.zip"].Data) {
		t.Errorf("the wrong zip is still kept: %v", err)
	}
	if err := localfile.Copy(filepath.Join(f.Kept, "example.org/win/@v/v1.0.0.zip"), poisoned); err != nil {
		t.Fatal(err)
	}
	w.files = nil
	err := f.Modules(t.Context(), w.list(), w.sums, t.TempDir())
	if e, ok := errors.AsType[*SumError](err); !ok || e.Module.Path != "example.org/log" {
		t.Errorf("without a proxy: %v", err)
	}
}

// TestWithoutSum: cmd/go says which line of go.sum is missing, so nothing is fetched that has none.
func TestWithoutSum(t *testing.T) {
	w := newWorld(t, published)
	root := t.TempDir()
	if err := w.fetcher().Modules(t.Context(), w.list(), GoSum{}, root); err != nil {
		t.Fatal(err)
	}
	for _, name := range testbed.Files(t, root) {
		if filepath.Ext(name) != ".info" {
			t.Errorf("fetched %s", name)
		}
	}
}

// TestKeptIsUsed: a kept file is marked as in use, and one that is not used goes on getting old.
func TestKeptIsUsed(t *testing.T) {
	w := newWorld(t, published)
	f := w.fetcher()
	f.Kept = t.TempDir()
	if err := f.Modules(t.Context(), w.list(), w.sums, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for _, name := range testbed.Files(t, f.Kept) {
		if err := os.Chtimes(filepath.Join(f.Kept, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Modules(t.Context(), []module.Version{logModule}, w.sums, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, name := range testbed.Files(t, f.Kept) {
		info, err := os.Stat(filepath.Join(f.Kept, name))
		if err != nil {
			t.Fatal(err)
		}
		if used := info.ModTime().After(old.Add(time.Minute)); used != strings.HasPrefix(name, "example.org/log/@v/") {
			t.Errorf("%s: used is %t", name, used)
		}
	}
}
