package ociread

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// fuzzLimits keep one input from taking long.
var fuzzLimits = limits{
	document: 1 << 20, documents: 4 << 20, values: 10_000, entries: 100, depth: 4, images: 100, layer: 4 << 20, ratio: 1000, free: 1 << 20,
	files: 1000, names: 1 << 20, steps: 100_000, cache: 64 << 10, pages: 2,
}

// onlyBlob is a store of one blob.
type onlyBlob []byte

func (b onlyBlob) root(context.Context, limits) (*Document, error) { return nil, ErrNotImage }
func (b onlyBlob) referrers(context.Context, digest.Digest, limits) ([]ocispec.Descriptor, error) {
	return nil, nil
}
func (b onlyBlob) close() error { return nil }
func (b onlyBlob) open(context.Context, ocispec.Descriptor, bool) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(b)), nil
}

// FuzzLayer walks a layer, and reads of the file system what it lists.
func FuzzLayer(f *testing.F) {
	for _, lines := range []string{"a=1\n b->a\n c=>a\n d/\n .wh.x\n d/.wh..wh..opq", "l->l\n l/x=1", "../a=1"} {
		for _, c := range []Compression{"", Gzip, Zstd} {
			f.Add(compress(f, c, entries(f, lines)))
		}
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		s := &Source{ref: "fuzz", limits: fuzzLimits, store: onlyBlob(blob)}
		desc := ocispec.Descriptor{Digest: digest.FromBytes(blob), Size: int64(len(blob))}
		img := &Image{Manifest: &Document{Manifest: &ocispec.Manifest{Layers: []ocispec.Descriptor{desc, desc}}}, source: s}
		img.Config.RootFS.DiffIDs = make([]digest.Digest, 2)
		fsys, err := img.FS(t.Context(), FSOptions{})
		if err != nil {
			checkKind(t, err)
			return
		}
		err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err != nil || info.Size() > 256<<10 {
				return err
			}
			text, err := fs.ReadFile(fsys, name)
			if err == nil && int64(len(text)) != info.Size() {
				t.Errorf("%q has %d bytes instead of %d", name, len(text), info.Size())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// checkKind wants an error that says what kind it is.
func checkKind(t *testing.T, err error) {
	t.Helper()
	var known *Error
	if !errors.As(err, &known) || !errors.Is(err, ErrBroken) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrNotImage) && !errors.Is(err, ErrNotFound) {
		t.Errorf("%T: %v", err, err)
	}
}

// FuzzDocument reads an index or manifest: one of them, or an error.
func FuzzDocument(f *testing.F) {
	index, _ := twoPlatforms(f)
	raw, _ := index.RawManifest()
	f.Add(raw)
	f.Add([]byte(`{"config":{"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"layers":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := parseDocument(raw, ocispec.Descriptor{}, fuzzLimits)
		switch {
		case err != nil:
			checkKind(t, (&Source{ref: "fuzz"}).fail("", err))
		case (doc.Index == nil) == (doc.Manifest == nil):
			t.Error("neither or both")
		case doc.Index != nil && len(doc.entries) != len(doc.Index.Manifests):
			t.Errorf("%d entries", len(doc.entries))
		case doc.Descriptor.Digest != digest.FromBytes(raw) || doc.Descriptor.MediaType == "":
			t.Errorf("%+v", doc.Descriptor)
		}
	})
}

// FuzzArchive reads a file as both kinds of archives.
func FuzzArchive(f *testing.F) {
	index, all := twoPlatforms(f)
	for _, file := range []string{archiveOf(f, layoutOf(f, index)), dockerArchiveOf(f, all[0])} {
		content, _ := os.ReadFile(file)
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"oci-archive:", "docker-archive:"} {
			if err := readEverything(t.Context(), format+file, fuzzLimits); err != nil {
				checkKind(t, err)
			}
		}
	})
}
