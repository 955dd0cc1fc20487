package step

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPointersBelow(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("web/logo.png", pointer)
	write("web/index.html", "<html>")
	write("model.bin", pointer)
	if err := os.Symlink("model.bin", filepath.Join(dir, "link.bin")); err != nil {
		t.Fatal(err)
	}
	got, err := pointersBelow(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"model.bin", "web/logo.png"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 2 * maxPointers {
		write(fmt.Sprintf("many/%d", i), pointer)
	}
	if got, err := pointersBelow(dir); err != nil || len(got) != maxPointers {
		t.Errorf("%d are named: %v", len(got), err)
	}
}
