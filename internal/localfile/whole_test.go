package localfile_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/localfile"
)

// only fails unless the folder of a file holds nothing else, and gives its content.
func only(t *testing.T, name string) string {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
	data, readErr := os.ReadFile(name)
	if err := errors.Join(err, readErr); err != nil || len(entries) != 1 {
		t.Fatalf("want %s alone, found %q, %v", name, entries, err)
	}
	return string(data)
}

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "a/b/to")
	for _, text := range []string{"long text", "short"} {
		if err := os.WriteFile(from, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := localfile.Copy(from, to); err != nil {
			t.Fatal(err)
		}
		if got := only(t, to); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if info, err := os.Stat(to); err != nil {
		t.Error(err)
	} else if info.Mode() != 0o644 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := localfile.Copy(filepath.Join(dir, "none"), to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("copying what is not there: %v", err)
	}
	if got := only(t, to); got != "short" {
		t.Errorf("after a failure: %q", got)
	}
}

// TestFailure: neither what was written before a failure nor a name that cannot be taken leaves anything.
func TestFailure(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	err := localfile.Write(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, io.ErrUnexpectedEOF)
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("half of it is there")
	}
	if err := os.Mkdir(name, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := localfile.Write(name, func(io.Writer) error { return nil }); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, err := os.ReadDir(filepath.Dir(name)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestConcurrent has many write the same file: what is there is always that of one of them.
func TestConcurrent(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	var eg errgroup.Group
	for i := range 20 {
		eg.Go(func() error {
			text := bytes.Repeat([]byte{byte('a' + i)}, 1<<16)
			if err := localfile.Write(name, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
				return err
			}
			got, err := os.ReadFile(name)
			if err == nil && (len(got) != len(text) || bytes.Count(got, got[:1]) != len(got)) {
				err = errors.New("two writers are mixed")
			}
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		t.Error(err)
	}
	only(t, name)
}
