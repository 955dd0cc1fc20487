package reffs_test

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/reffs"
)

// TestPaged: files are as they are on disk, whole and in pieces, also one of several pages.
func TestPaged(t *testing.T) {
	root := t.TempDir()
	large := bytes.Repeat([]byte("0123456789abcdef"), 40<<10) // 640 KiB
	if err := os.MkdirAll(filepath.Join(root, "usr/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"usr/lib/large": large, "small": []byte("x"), "empty": nil} {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fsys := reffs.Paged(t.Context(), &dir{root: root})
	if err := fstest.TestFS(fsys, "usr/lib/large", "small", "empty"); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("usr/lib/large")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	piece := make([]byte, 32)
	if _, err := f.(io.ReaderAt).ReadAt(piece, 300<<10); err != nil || !bytes.Equal(piece, large[300<<10:][:32]) {
		t.Errorf("read %q, %v", piece, err)
	}
	if _, err := fs.Stat(fsys, "missing"); err == nil {
		t.Error("a missing file is there")
	}
}
