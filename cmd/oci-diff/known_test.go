package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/testing/imagetest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

const (
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	dockerConfig   = "application/vnd.docker.container.image.v1+json"
	dockerLayer    = "application/vnd.docker.image.rootfs.diff.tar.gzip"
)

// fixture is an image of one platform as its blobs; what is "" is as OCI has it.
type fixture struct {
	manifestType, configType, layerType string
	compress                            func(t *testing.T, layer []byte) []byte
	layer                               []byte
	// rewrite changes how the manifest is written.
	rewrite func(manifest []byte) []byte
}

var platform = ocispec.Platform{OS: "linux", Architecture: "amd64"}

func (f fixture) write(t *testing.T, l *imagetest.Layout) ocispec.Descriptor {
	t.Helper()
	config := l.JSON(or(f.configType, ocispec.MediaTypeImageConfig), ocispec.Image{Platform: platform,
		RootFS: ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(f.layer)}}})
	blob := f.layer
	if f.compress != nil {
		blob = f.compress(t, blob)
	}
	mediaType := or(f.manifestType, ocispec.MediaTypeImageManifest)
	raw, err := json.Marshal(ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: mediaType, Config: config,
		Layers: []ocispec.Descriptor{l.Blob(or(f.layerType, ocispec.MediaTypeImageLayer), blob)}})
	if err != nil {
		t.Fatal(err)
	}
	if f.rewrite != nil {
		raw = f.rewrite(raw)
	}
	desc := l.Blob(mediaType, raw)
	desc.Platform = &platform
	return desc
}

// reference writes a layout with the image alone.
func (f fixture) reference(t *testing.T) string {
	l := imagetest.NewLayout(t)
	return l.Reference(f.write(t, l))
}

func or(value, preset string) string {
	if value == "" {
		return preset
	}
	return value
}

func gzipped(t *testing.T, layer []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(layer); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, layer []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(layer, nil)
}

// indented writes a manifest with its keys in another order and with white space, as some registries do.
func indented(manifest []byte) []byte {
	var fields map[string]any
	if json.Unmarshal(manifest, &fields) != nil {
		return nil
	}
	text, _ := json.MarshalIndent(fields, "", "   ")
	return text
}

// withProvenance is an index of an image and what BuildKit says of its build.
func withProvenance(t *testing.T, layer []byte, invocation string) string {
	l := imagetest.NewLayout(t)
	img := fixture{layer: layer}.write(t, l)
	statement := l.Blob("application/vnd.in-toto+json", []byte(`{"predicateType":"https://slsa.dev/provenance/v1","predicate":{"runDetails":{"metadata":{"invocationId":"`+invocation+`"}}}}`))
	config := l.JSON(ocispec.MediaTypeImageConfig, ocispec.Image{Platform: ocispec.Platform{OS: "unknown", Architecture: "unknown"},
		RootFS: ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{statement.Digest}}})
	attestation := l.JSON(ocispec.MediaTypeImageManifest, ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest, Config: config, Layers: []ocispec.Descriptor{statement}})
	attestation.Platform = &ocispec.Platform{OS: "unknown", Architecture: "unknown"}
	attestation.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": img.Digest.String()}
	return l.Reference(l.Index(nil, img, attestation))
}

// entries is a layer of headers without contents.
func entries(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h.Format = tar.FormatPAX
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKnown compares what other tools are known to tell wrongly.
func TestKnown(t *testing.T) {
	layer := imagetest.Tar(t, imagetest.File{Name: "app", Content: []byte("1")})
	other := imagetest.Tar(t, imagetest.File{Name: "app", Content: []byte("2")})
	at := func(seconds, nanoseconds int64) []byte {
		return entries(t, tar.Header{Typeflag: tar.TypeReg, Name: "app", Mode: 0o755, ModTime: time.Unix(seconds, nanoseconds)})
	}
	opaque := tar.Header{Typeflag: tar.TypeReg, Name: "usr/local/.wh..wh..opq"}
	folder := tar.Header{Typeflag: tar.TypeDir, Name: "usr/local/", Mode: 0o755}
	list := func(layer []byte) string {
		l := imagetest.NewLayout(t)
		return l.Reference(l.Index(nil, fixture{layer: layer}.write(t, l)))
	}
	for _, test := range []struct{ name, a, b, want string }{
		{"one registry and another", fixture{layer: layer, compress: gzipped, layerType: ocispec.MediaTypeImageLayerGzip}.reference(t),
			fixture{layer: layer, compress: gzipped, manifestType: dockerManifest, configType: dockerConfig, layerType: dockerLayer, rewrite: indented}.reference(t),
			"different in media types only"},
		{"order of keys and white space", fixture{layer: layer}.reference(t), fixture{layer: layer, rewrite: indented}.reference(t), "different in formatting only"},
		{"provenance", withProvenance(t, layer, "1"), withProvenance(t, layer, "2"), "different in attestation only"},
		{"provenance and files", withProvenance(t, layer, "1"), withProvenance(t, other, "2"), "different in files and attestation"},
		{"a list and the image in it", list(layer), fixture{layer: layer}.reference(t), "different in platforms only"},
		{"a list and another image", list(layer), fixture{layer: other}.reference(t), "different in platforms and files"},
		{"parts of a second", fixture{layer: at(1e9, 0)}.reference(t), fixture{layer: at(1e9, 5)}.reference(t), "different in file times only"},
		{"times", fixture{layer: at(1e9, 0)}.reference(t), fixture{layer: at(2e9, 0)}.reference(t), "different in file times only"},
		{"opaque folder", fixture{layer: entries(t, folder)}.reference(t), fixture{layer: entries(t, folder, opaque)}.reference(t), "different in whiteouts only"},
		{"compression", fixture{layer: layer, compress: gzipped, layerType: ocispec.MediaTypeImageLayerGzip}.reference(t),
			fixture{layer: layer, compress: zstandard, layerType: ocispec.MediaTypeImageLayerZstd}.reference(t), "different in compression and media types"},
	} {
		for _, args := range [][]string{{test.a, test.b}, {test.b, test.a}} {
			if got, _, _ := strings.Cut(output(t, 1, args...), "\n"); got != test.want {
				t.Errorf("%s: %s and not %s", test.name, got, test.want)
			}
		}
		output(t, 0, test.a, test.a)
	}
}

// TestMutated compares an image with what go-containerregistry, and so crane, makes of it: its files in one layer, and with other times.
func TestMutated(t *testing.T) {
	layerOf := func(text string) v1.Layer {
		raw := imagetest.Tar(t, imagetest.File{Name: "etc/", Mode: 0o755}, imagetest.File{Name: "etc/" + text, Content: []byte(text)})
		l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	write := func(img v1.Image, err error) string {
		t.Helper()
		p, failed := layout.Write(t.TempDir(), empty.Index)
		if err = errors.Join(err, failed); err == nil {
			err = p.AppendImage(img)
		}
		if err != nil {
			t.Fatal(err)
		}
		return "oci:" + string(p)
	}
	two, err := mutate.AppendLayers(empty.Image, layerOf("one"), layerOf("two"))
	flat, failed := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return mutate.Extract(two), nil })
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	one, err := mutate.AppendLayers(empty.Image, flat)
	from := write(two, nil)
	if got := output(t, 1, "--ignore", "history", from, write(one, err)); !strings.HasPrefix(got, "different in layering only\n") {
		t.Error(got)
	}
	if got := output(t, 1, "--ignore", "history,created", from, write(mutate.Time(two, time.Unix(1e9, 0)))); !strings.HasPrefix(got, "different in file times only\n") {
		t.Error(got)
	}
}

// TestSkopeo compares an image with what skopeo made of it.
func TestSkopeo(t *testing.T) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		testbed.Missing(t, "skopeo: %v", err)
	}
	layer := imagetest.Tar(t, imagetest.File{Name: "app", Content: []byte("1")})
	from := fixture{layer: layer, compress: gzipped, layerType: ocispec.MediaTypeImageLayerGzip}.reference(t)
	dir := t.TempDir()
	for _, test := range []struct {
		to   string
		args []string
		want string
	}{
		{"oci:" + filepath.Join(dir, "same"), nil, "identical"},
		{"oci:" + filepath.Join(dir, "zstd"), []string{"--dest-compress-format", "zstd", "--dest-compress"}, "different in compression and media types"},
		{"oci-archive:" + filepath.Join(dir, "archive.tar"), nil, "identical"},
		{"docker-archive:" + filepath.Join(dir, "docker.tar"), nil, "different in compression only"},
	} {
		args := append([]string{"--insecure-policy", "copy", "-q"}, test.args...)
		cmd := exec.Command(skopeo, append(args, from, test.to)...)
		cmd.Env = append(os.Environ(), "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", test.to, err, out)
			continue
		}
		want := 1
		if test.want == "identical" {
			want = 0
		}
		if got := output(t, want, from, test.to); !strings.HasPrefix(got, test.want+"\n") {
			t.Errorf("%s: %s", test.to, got)
		}
	}
}
