package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// walk lists what BuildKit would see of d with these follow paths.
func walk(t *testing.T, d fsutil.FS, target string, follow ...string) []*types.Stat {
	t.Helper()
	filtered, err := fsutil.NewFilterFS(d, &fsutil.FilterOpt{FollowPaths: follow})
	if err != nil {
		t.Fatal(err)
	}
	var found []*types.Stat
	err = filtered.Walk(t.Context(), target, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		found = append(found, fi.Sys().(*types.Stat))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, d fsutil.FS, name string) string {
	t.Helper()
	f, err := d.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStepFiles(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, dir, "modship-v1.2.3", "program")
	writeFile(t, dir, "secret", "not to be sent")
	mtime := time.Unix(1_700_000_000, 123)
	if err := os.Chtimes(path, mtime, mtime); err != nil {
		t.Fatal(err)
	}
	d := files{stepName: {path: path, mode: 0o755}}
	want := []*types.Stat{{Path: "modship", Mode: 0o755, Size: 7, ModTime: mtime.UnixNano()}}
	for _, target := range []string{"", "/", ".", "modship", "/modship"} {
		if diff := cmp.Diff(want, walk(t, d, target), cmp.Comparer((*types.Stat).EqualVT)); diff != "" {
			t.Errorf("%q: %s", target, diff)
		}
	}
	if got := walk(t, d, "secret"); got != nil {
		t.Errorf("a file that was not named is there: %v", got)
	}
	if got := read(t, d, "/modship"); got != "program" {
		t.Errorf("content is %q", got)
	}
	for _, name := range []string{"secret", "modship/x", "../secret", "modship-v1.2.3"} {
		if _, err := d.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opening %s: %v", name, err)
		}
	}
}

func TestFilesFollowPaths(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "real.yaml", "main: ./cmd\n")
	if err := os.Symlink("real.yaml", filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	d := files{
		"link.yaml":         {path: filepath.Join(dir, "link.yaml"), mode: 0o644},
		"other":             {data: []byte("x"), mode: 0o600},
		"app[1].dockerfile": {data: []byte("yz"), mode: 0o644},
	}
	// What dockerui asks for: the file, its ignore file, which is not there, and nothing else.
	got := walk(t, d, "/", "link.yaml", "link.yaml.dockerignore")
	if len(got) != 1 || got[0].Path != "link.yaml" || got[0].Linkname != "" || got[0].Size != 12 {
		t.Errorf("got %v", got)
	}
	if content := read(t, d, "link.yaml"); content != "main: ./cmd\n" {
		t.Errorf("content is %q", content)
	}
	var names []string
	for _, st := range walk(t, d, "/") {
		names = append(names, st.Path)
	}
	if diff := cmp.Diff([]string{"app[1].dockerfile", "link.yaml", "other"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestFilesWalkStops(t *testing.T) {
	d := files{"a": {}, "b": {}}
	calls := 0
	count := func(result error) fs.WalkDirFunc {
		calls = 0
		return func(string, fs.DirEntry, error) error { calls++; return result }
	}
	if err := d.Walk(t.Context(), "", count(fs.SkipDir)); err != nil || calls != 1 {
		t.Errorf("SkipDir: %d calls, error %v", calls, err)
	}
	failure := errors.New("failure")
	if err := d.Walk(t.Context(), "", count(failure)); !errors.Is(err, failure) || calls != 1 {
		t.Errorf("failure: %d calls, error %v", calls, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Walk(ctx, "", count(nil)); !errors.Is(err, context.Canceled) || calls != 0 {
		t.Errorf("cancelled: %d calls, error %v", calls, err)
	}
	if err := (files{"dir": {path: t.TempDir()}}).Walk(t.Context(), "", count(nil)); err == nil {
		t.Error("a directory passes for a file")
	}
}
