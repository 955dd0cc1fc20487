package verify

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"archive/tar"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/ociread"
)

// made is an index: of each platform the content of its file, and whether it has attestations.
type made struct {
	files       map[string]string
	attested    string
	annotations map[string]string
}

func (m made) open(t *testing.T) *Image {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var adds []mutate.IndexAddendum
	for _, arch := range []string{"amd64", "arm64"} {
		content, ok := m.files[arch]
		if !ok {
			continue
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archiveOf(t, content))), nil }, tarball.WithMediaType(types.OCILayer))
		must(err)
		img, err := mutate.AppendLayers(empty.Image, layer)
		must(err)
		config, err := img.ConfigFile()
		must(err)
		config = config.DeepCopy()
		config.OS, config.Architecture = "linux", arch
		img, err = mutate.ConfigFile(img, config)
		must(err)
		img = mutate.ConfigMediaType(mutate.MediaType(img, types.OCIManifestSchema1), types.OCIConfigJSON)
		add := mutate.IndexAddendum{Add: mutate.Annotations(img, m.annotations).(v1.Image), Descriptor: v1.Descriptor{Platform: config.Platform()}}
		adds = append(adds, add)
		if m.attested == "" {
			continue
		}
		d, err := add.Add.(v1.Image).Digest()
		must(err)
		adds = append(adds, mutate.IndexAddendum{
			Add: mutate.Annotations(mutate.MediaType(empty.Image, types.OCIManifestSchema1), map[string]string{"of": m.attested}).(v1.Image),
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}, Annotations: map[string]string{
				"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": d.String(),
			}},
		})
	}
	index := mutate.IndexMediaType(mutate.AppendManifests(empty.Index, adds...), types.OCIImageIndex)
	dir := t.TempDir()
	_, err := layout.Write(dir, index)
	must(err)
	source, err := ociread.Open(t.Context(), "oci:"+dir, ociread.Options{})
	must(err)
	t.Cleanup(func() { source.Close() })
	img, err := Read(t.Context(), source, true)
	must(err)
	return img
}

func archiveOf(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "app", Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompare(t *testing.T) {
	both := map[string]string{"amd64": "one", "arm64": "two"}
	said := map[string]string{ocispec.AnnotationVersion: "v1.2.3"}
	for _, c := range []struct {
		name           string
		image, rebuilt made
		only           []string
		equal          bool
		says           []string
	}{
		{"the same", made{files: both}, made{files: both}, nil, true, []string{"verified: ", "linux/amd64  equal, bit by bit", "linux/arm64  equal, bit by bit", "index        equal"}},
		{"another attestation", made{files: both, attested: "a"}, made{files: both, attested: "b"}, nil, true, []string{"verified: ", "index        equal\n", "attestation of linux/arm64: not compared"}},
		{"an attestation", made{files: both, attested: "a"}, made{files: both}, nil, true, []string{"verified: ", "index        equal\n"}},
		{"a byte", made{files: both}, made{files: map[string]string{"amd64": "one", "arm64": "twO"}}, nil, false,
			[]string{"different: ", "linux/amd64  equal, bit by bit", "linux/arm64  different in files", "index        equal\n", "~ /app", "the image was changed"}},
		{"another platform", made{files: both}, made{files: map[string]string{"amd64": "one", "arm64": "twO"}}, []string{"linux/amd64"}, true, []string{"linux/amd64  equal, bit by bit"}},
		{"not built", made{files: both}, made{files: map[string]string{"amd64": "one"}}, nil, false, []string{"linux/arm64  was not built"}},
		{"an annotation", made{files: both}, made{files: both, annotations: said}, nil, false, []string{"different in metadata only", "another version: nothing, and v1.2.3"}},
		{"one", made{files: map[string]string{"arm64": "two"}}, made{files: map[string]string{"arm64": "two"}}, nil, true, []string{"linux/arm64  equal, bit by bit"}},
		{"an image and an index", made{files: map[string]string{"arm64": "two"}}, made{files: both}, nil, false, []string{"linux/arm64  equal, bit by bit", "index        different"}},
	} {
		img, rebuilt := c.image.open(t), c.rebuilt.open(t)
		recipe, err := img.Recipe(c.only)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Compare(img, rebuilt, recipe, ocidiff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		if r.Equal != c.equal {
			t.Errorf("%s: equal is %t", c.name, r.Equal)
		}
		for _, want := range c.says {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%s: it does not say %q:\n%s", c.name, want, text.String())
			}
		}
		if again, err := json.Marshal(r); err != nil || !strings.Contains(string(again), `"version":1`) {
			t.Errorf("%s: %s, %v", c.name, again, err)
		}
	}
}

// TestIgnored: what the user says that does not count does not.
func TestIgnored(t *testing.T) {
	img := made{files: map[string]string{"amd64": "one"}}.open(t)
	rebuilt := made{files: map[string]string{"amd64": "one"}, annotations: map[string]string{"a": "b"}}.open(t)
	recipe, err := img.Recipe(nil)
	if err != nil {
		t.Fatal(err)
	}
	ignore, err := ocidiff.ParseIgnore([]string{"annotation:a"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compare(img, rebuilt, recipe, ocidiff.Options{Ignore: ignore})
	if err != nil || !r.Equal || r.Platforms[0].Identical || r.Platforms[0].words() != "equal but for what is ignored" || len(r.Reasons) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestShown: what an image says cannot pass for a line of the report.
func TestShown(t *testing.T) {
	const line = "x\nlinux/amd64  equal, bit by bit\x1b[2J"
	img := made{files: map[string]string{"amd64": "one"}, annotations: map[string]string{ocispec.AnnotationVersion: line}}.open(t)
	img.Attestations = []string{line}
	rebuilt := made{files: map[string]string{"amd64": "two"}}.open(t)
	recipe, err := img.Recipe(nil)
	if err != nil {
		t.Fatal(err)
	}
	recipe.Labels = map[string]string{line: ""}
	r, err := Compare(img, rebuilt, recipe, ocidiff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.From = line
	var text strings.Builder
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	if all := text.String() + recipe.Words(line); strings.Contains(all, "\nlinux/amd64  equal") || strings.Contains(all, "\x1b") {
		t.Errorf("it says what it likes:\n%s", all)
	}
}

// TestNoImage: an index without images cannot be built again.
func TestNoImage(t *testing.T) {
	dir := t.TempDir()
	if _, err := layout.Write(dir, empty.Index); err != nil {
		t.Fatal(err)
	}
	source, err := ociread.Open(t.Context(), "oci:"+dir, ociread.Options{})
	if err == nil {
		defer source.Close()
		_, err = Read(t.Context(), source, true)
	}
	if err == nil {
		t.Error("it is an image")
	}
}
