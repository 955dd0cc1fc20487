package step

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/localfile"
)

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

// TestUsedZips: a zip that every build uses is not trimmed, however long ago it was downloaded.
func TestUsedZips(t *testing.T) {
	zips, toolchain := t.TempDir(), "golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip"
	for _, name := range []string{toolchain, "a.example/unused/@v/v1.0.0.zip"} {
		if err := writeFileText(filepath.Join(zips, name), "zip"); err != nil {
			t.Fatal(err)
		}
	}
	if err := setTimes(zips, time.Now().Add(-2*zipsKeptFor)); err != nil {
		t.Fatal(err)
	}
	if err := localfile.Folder(zips).Used(toolchain); err != nil {
		t.Fatal(err)
	}
	if err := trim(zips, zipsKeptFor); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{toolchain}, names(t, zips)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
