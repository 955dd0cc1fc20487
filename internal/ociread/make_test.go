package ociread

import (
	"archive/tar"
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// tarOf makes a tar archive of headers; a regular file's content is what content has for its name.
func tarOf(t testing.TB, content map[string]string, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		var text string
		if h.Typeflag == tar.TypeReg {
			text = content[h.Name]
			h.Size = int64(len(text))
		}
		if h.Mode == 0 {
			h.Mode = 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// entries makes headers of a short form, one a line: "dir/", "file=content", "link->target", "name=>hardlink".
func entries(t testing.TB, lines string) []byte {
	t.Helper()
	content := map[string]string{}
	var headers []*tar.Header
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if name, target, ok := strings.Cut(line, "=>"); ok {
			headers = append(headers, &tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeLink})
		} else if name, target, ok := strings.Cut(line, "->"); ok {
			headers = append(headers, &tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeSymlink})
		} else if strings.HasSuffix(line, "/") {
			headers = append(headers, &tar.Header{Name: line, Typeflag: tar.TypeDir})
		} else {
			name, text, _ := strings.Cut(line, "=")
			content[name] = text
			headers = append(headers, &tar.Header{Name: name, Typeflag: tar.TypeReg})
		}
	}
	return tarOf(t, content, headers...)
}

func compress(t testing.TB, c Compression, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch c {
	case Gzip:
		w = gzip.NewWriter(&b)
	case Zstd:
		w, _ = zstd.NewWriter(&b)
	default:
		return content
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// madeLayer is a layer of given bytes.
type madeLayer struct {
	blob, content []byte
	media         types.MediaType
}

func newLayer(t testing.TB, c Compression, content []byte) madeLayer {
	media := map[Compression]types.MediaType{"": types.OCIUncompressedLayer, Gzip: types.OCILayer, Zstd: types.OCILayerZStd}
	return madeLayer{compress(t, c, content), content, media[c]}
}

func (l madeLayer) Digest() (v1.Hash, error) {
	h, _, err := v1.SHA256(bytes.NewReader(l.blob))
	return h, err
}

func (l madeLayer) DiffID() (v1.Hash, error) {
	h, _, err := v1.SHA256(bytes.NewReader(l.content))
	return h, err
}

func (l madeLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.blob)), nil
}

func (l madeLayer) Uncompressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.content)), nil
}
func (l madeLayer) Size() (int64, error)                { return int64(len(l.blob)), nil }
func (l madeLayer) MediaType() (types.MediaType, error) { return l.media, nil }

func imageOf(t testing.TB, platform string, layers ...madeLayer) v1.Image {
	t.Helper()
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err = mutate.ConfigFile(img, &v1.ConfigFile{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		if img, err = mutate.AppendLayers(img, l); err != nil {
			t.Fatal(err)
		}
	}
	return img
}

// indexOf makes an index of images with their platforms.
func indexOf(t testing.TB, images ...v1.Image) v1.ImageIndex {
	t.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: config.Platform()}})
	}
	return index
}

// layoutOf writes a layout with one entry, and gives its folder.
func layoutOf(t testing.TB, what mutate.Appendable) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	tag := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "1.0"})
	switch what := what.(type) {
	case v1.Image:
		err = p.AppendImage(what, tag)
	case v1.ImageIndex:
		err = p.AppendIndex(what, tag)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// archiveOf packs a folder.
func archiveOf(t testing.TB, dir string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, b.Bytes())
}

func write(t testing.TB, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func dockerArchiveOf(t testing.TB, img v1.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "docker.tar")
	ref, err := name.NewTag("example.com/app:1.0")
	if err == nil {
		err = tarball.WriteToFile(file, ref, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// push starts a registry, and gives the reference of what it pushed there.
func push(t testing.TB, what mutate.Appendable) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/app:1.0")
	if err != nil {
		t.Fatal(err)
	}
	switch what := what.(type) {
	case v1.Image:
		err = remote.Write(ref, what)
	case v1.ImageIndex:
		err = remote.WriteIndex(ref, what)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ref.String()
}

func mustOpen(t testing.TB, ref string) *Source {
	t.Helper()
	return mustOpenLimited(t, ref, defaultLimits)
}

func mustOpenLimited(t testing.TB, ref string, l limits) *Source {
	t.Helper()
	s, err := open(t.Context(), ref, Options{}, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// images gives all images of a source.
func images(t testing.TB, s *Source) []*Image {
	t.Helper()
	var all []*Image
	err := s.Images(t.Context(), nil, func(img *Image, err error) error {
		all = append(all, img)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// imageOfFile is an image of one layer of a tar file, as package tarball compresses it.
func imageOfFile(t testing.TB, file string) v1.Image {
	t.Helper()
	layer, err := tarball.LayerFromFile(file, tarball.WithCompressionLevel(1), tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(imageOf(t, "linux/amd64"), layer)
	if err != nil {
		t.Fatal(err)
	}
	return img
}
