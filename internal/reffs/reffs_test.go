package reffs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/iotest"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// pageSize is that of the package.
const pageSize = 256 << 10

// folder holds one file named "file" of size random bytes.
func folder(t *testing.T, size int) (*dir, []byte) {
	t.Helper()
	content := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = source.Read(content)
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return &dir{root: root}, content
}

// sizes are those at which a page begins or ends, and one behind several pages.
var sizes = []int{0, 1, 100, pageSize - 1, pageSize, pageSize + 1, 2 * pageSize, 3*pageSize + 77}

func TestOpenReadsEqual(t *testing.T) {
	for _, size := range sizes {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			ref, content := folder(t, size)
			file, err := reffs.Open(t.Context(), ref, "file")
			if err != nil {
				t.Fatal(err)
			}
			if file.Size() != int64(size) {
				t.Errorf("size is %d", file.Size())
			}
			got, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("read %d bytes, equal: %t, error: %v", len(got), bytes.Equal(got, content), err)
			}
			if err := iotest.TestReader(io.NewSectionReader(file, 0, file.Size()), content); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReadAt compares with bytes.Reader, which keeps the contract of io.ReaderAt, at every border of a page.
func TestReadAt(t *testing.T) {
	ref, content := folder(t, 2*pageSize+10)
	file, err := reffs.Open(t.Context(), ref, "file")
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.NewReader(content)
	for _, off := range []int64{0, 1, pageSize - 1, pageSize, pageSize + 1, 2*pageSize + 9, 2*pageSize + 10, 2*pageSize + 11, 9 * pageSize} {
		for _, length := range []int{0, 1, 2, 11, pageSize, 2 * pageSize, 3 * pageSize} {
			a, b := make([]byte, length), make([]byte, length)
			n, err := file.ReadAt(a, off)
			m, wantErr := want.ReadAt(b, off)
			if n != m || !bytes.Equal(a, b) {
				t.Errorf("ReadAt(%d bytes, %d) gives %d bytes, want %d", length, off, n, m)
			}
			if length > 0 && (err == io.EOF) != (wantErr == io.EOF) {
				t.Errorf("ReadAt(%d bytes, %d) gives %v, want %v", length, off, err, wantErr)
			}
		}
	}
	if _, err := file.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative offset is taken")
	}
}

// TestPagesAreKept: many small reads of one page are one round trip.
func TestPagesAreKept(t *testing.T) {
	ref, _ := folder(t, 2*pageSize)
	file, err := reffs.Open(t.Context(), ref, "file")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if _, err := file.ReadAt(make([]byte, 10), int64(i*10)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := ref.reads.Load(); n != 1 {
		t.Errorf("%d round trips, want 1", n)
	}
}

// TestLargeFile is over the 16 MiB that a message holds.
func TestLargeFile(t *testing.T) {
	ref, content := folder(t, gatewaytest.MaxMessage+pageSize/2)
	got, err := reffs.ReadFile(t.Context(), ref, "file", len(content))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, equal: %t, error: %v", len(got), bytes.Equal(got, content), err)
	}
}

func TestReadFile(t *testing.T) {
	for _, size := range sizes {
		ref, content := folder(t, size)
		got, err := reffs.ReadFile(t.Context(), ref, "file", size)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: equal: %t, error: %v", size, bytes.Equal(got, content), err)
		}
	}
}

func TestReadFileErrors(t *testing.T) {
	ref, _ := folder(t, 100)
	if _, err := reffs.ReadFile(t.Context(), ref, "file", 99); !errors.Is(err, reffs.ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	if n := ref.reads.Load(); n != 0 {
		t.Errorf("a file over the limit was read %d times", n)
	}
	for _, name := range []string{"other", "file/below", "no/such/folder"} {
		_, err := reffs.ReadFile(t.Context(), ref, name, 99)
		if err == nil || name == "other" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := reffs.ReadFile(t.Context(), ref, ".", 1<<20); err == nil {
		t.Error("a folder was read")
	}
	if _, err := reffs.Open(t.Context(), ref, "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening a missing file: %v", err)
	}
}

// shrunk loses the end of a file between its stat and its first read: what BuildKit answers with too few bytes and no error.
type shrunk struct{ *dir }

func (s shrunk) ReadFile(ctx context.Context, req gateway.ReadRequest) ([]byte, error) {
	b, err := s.dir.ReadFile(ctx, req)
	return b[:len(b)/2], err
}

func TestShortRead(t *testing.T) {
	ref, content := folder(t, 100)
	if b, err := reffs.ReadFile(t.Context(), shrunk{ref}, "file", len(content)); err == nil {
		t.Errorf("half a file was taken for a whole one: %d bytes", len(b))
	}
}
