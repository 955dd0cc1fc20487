package step

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fetch "github.com/modship-build/modship/internal/toolchain"
)

// downloads is what `go mod download` leaves below GOMODCACHE.
const downloads = `
-- cache/lock --
-- cache/download/a.example/m/@v/list --
v1.0.0
-- cache/download/a.example/m/@v/v1.0.0.info --
{}
-- cache/download/a.example/m/@v/v1.0.0.lock --
-- cache/download/a.example/m/@v/v1.0.0.mod --
module a.example/m
-- cache/download/a.example/m/@v/v1.0.0.zip --
zip
-- cache/download/a.example/m/@v/v1.0.0.ziphash --
h1:
-- cache/download/sumdb/sum.golang.org/lookup/x --
x
-- cache/vcs/x/info --
x
-- a.example/m@v1.0.0/m.go --
package m
`

func names(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	if err := eachFile(dir, func(path string) error {
		rel, err := filepath.Rel(dir, path)
		files = append(files, rel)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func TestDropUnpacked(t *testing.T) {
	dir := lay(t, downloads)
	if err := dropUnpacked(dir); err != nil {
		t.Fatal(err)
	}
	v := "cache/download/a.example/m/@v/v1.0.0"
	want := []string{v + ".info", v + ".mod", v + ".zip", v + ".ziphash"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKeepZips: what is kept is what a module proxy serves. Many builds may share the folder at the same time.
func TestKeepZips(t *testing.T) {
	from, zips := filepath.Join(lay(t, downloads), "cache/download"), t.TempDir()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := keepZips(from, zips); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	v := "a.example/m/@v/v1.0.0"
	if diff := cmp.Diff([]string{v + ".info", v + ".mod", v + ".zip"}, names(t, zips)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, text := range listing(t, zips) {
		if text[0] == '-' && text[:10] != "-rw-r--r--" {
			t.Errorf("%s is %s: another user's build cannot read it", name, text[:10])
		}
	}
	if err := keepZips(filepath.Join(from, "none"), zips); err != nil {
		t.Errorf("nothing was downloaded: %v", err)
	}
}

// TestKeepZipsKeeps: a zip that is there is not written again, as others may be reading it.
func TestKeepZipsKeeps(t *testing.T) {
	from, zips := filepath.Join(lay(t, downloads), "cache/download"), t.TempDir()
	old := filepath.Join(zips, "a.example/m/@v/v1.0.0.zip")
	if err := writeFileText(old, "older"); err != nil {
		t.Fatal(err)
	}
	if err := keepZips(from, zips); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(old); string(text) != "older" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestUsedZips: a zip that every build uses is not trimmed, however long ago it was downloaded.
func TestUsedZips(t *testing.T) {
	from, zips := filepath.Join(lay(t, downloads), "cache/download"), t.TempDir()
	v, toolchain := "a.example/m/@v/v1.0.0", "golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip"
	if err := keepZips(from, zips); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{toolchain, "a.example/unused/@v/v1.0.0.zip"} {
		if err := writeFileText(filepath.Join(zips, name), "zip"); err != nil {
			t.Fatal(err)
		}
	}
	if err := setTimes(zips, time.Now().Add(-2*zipsKeptFor)); err != nil {
		t.Fatal(err)
	}
	if err := keepZips(from, zips); err != nil {
		t.Fatal(err)
	}
	for _, r := range []fetch.Result{
		{Cached: true, Source: filepath.Join(zips, toolchain)},
		{Cached: true, Source: filepath.Join(zips, "trimmed.zip")},
		{Source: "https://modules.example/golang.org/toolchain/@v/x.zip"},
	} {
		if err := renewCached(r); err != nil {
			t.Errorf("%s: %v", r.Source, err)
		}
	}
	if err := trim(zips, zipsKeptFor); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{v + ".info", v + ".mod", v + ".zip", toolchain}, names(t, zips)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDownloadError(t *testing.T) {
	for text, want := range map[string]string{
		"a.example/m@v1.0.0: not found": "a.example/m@v1.0.0: not found",
		"not found":                     "a.example/m@v1.0.0: not found",
	} {
		if got := downloadError("a.example/m", "v1.0.0", text).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
