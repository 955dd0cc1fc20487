package ociread

import (
	"archive/tar"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// savedAs is the image as Docker 25 and BuildKit list it in manifest.json.
func savedAs(t testing.TB, img v1.Image, tags ...string) savedImage {
	t.Helper()
	blob := func(h v1.Hash, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return "blobs/" + h.Algorithm + "/" + h.Hex
	}
	saved := savedImage{Config: blob(img.ConfigName()), RepoTags: tags}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		saved.Layers = append(saved.Layers, blob(layer.Digest()))
	}
	return saved
}

// TestTwoLists reads archives of index.json and manifest.json if these agree, and no others.
func TestTwoLists(t *testing.T) {
	index, all := twoPlatforms(t)
	evil := imageOf(t, "linux/amd64", newLayer(t, Gzip, entries(t, "app=evil")))
	hidden := mutate.AppendManifests(index, mutate.IndexAddendum{Add: evil, Descriptor: v1.Descriptor{Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"}}})
	mixed := savedAs(t, all[0])
	mixed.Layers = savedAs(t, evil).Layers
	files := savedAs(t, evil)
	files.Config, files.Layers = "config.json", []string{"layer.tar"}
	for name, test := range map[string]struct {
		index mutate.Appendable
		saved []savedImage
		want  string
	}{
		"one":         {all[0], []savedImage{savedAs(t, all[0], "example.com/app:1.0")}, ""},
		"a platform":  {index, []savedImage{savedAs(t, all[1], "app:1.0")}, ""},
		"attestation": {hidden, []savedImage{savedAs(t, all[0]), savedAs(t, all[1])}, ""},
		"files":       {evil, []savedImage{files}, ""},
		"other":       {all[0], []savedImage{savedAs(t, evil)}, "manifest.json names an image that index.json does not"},
		"one more":    {all[0], []savedImage{savedAs(t, all[0]), savedAs(t, evil)}, "manifest.json names an image that index.json does not"},
		"layers":      {index, []savedImage{mixed}, "manifest.json names an image that index.json does not"},
		"said to be":  {hidden, []savedImage{savedAs(t, evil)}, ""}, // an attestation, but a runtime could choose it, so it is read
		"other files": {index, []savedImage{files}, "manifest.json names an image that index.json does not"},
		"missing":     {all[0], []savedImage{{Config: "nothing"}}, "lacks what its manifest.json names"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := layoutOf(t, test.index)
			put(t, dir, evil)
			writeList(t, dir, test.saved)
			for _, format := range []string{"oci-archive:", "docker-archive:"} {
				ref := format + archiveOf(t, dir)
				if test.want != "" {
					fails(t, ref, ErrBroken, test.want)
				} else if err := readEverything(t.Context(), ref, defaultLimits); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestTwoNames wants the lists to give the same name to the same image.
func TestTwoNames(t *testing.T) {
	_, all := twoPlatforms(t)
	dir := layoutOf(t, all[0])
	index := indexOf(t)
	for i, img := range all {
		put(t, dir, img)
		name := map[string]string{"io.containerd.image.name": "docker.io/library/app:" + []string{"a", "b"}[i]}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Annotations: name}})
	}
	raw, err := index.RawManifest()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "index.json"), raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	writeList(t, dir, []savedImage{savedAs(t, all[0], "app:a"), savedAs(t, all[1], "app:b")})
	if err := readEverything(t.Context(), "docker-archive:"+archiveOf(t, dir), defaultLimits); err != nil {
		t.Error(err)
	}
	writeList(t, dir, []savedImage{savedAs(t, all[0], "app:b"), savedAs(t, all[1], "app:a")})
	fails(t, "docker-archive:"+archiveOf(t, dir), ErrBroken, `different images "app:b"`)
}

// TestListOfOtherType refuses what some readers take for a file and others do not.
func TestListOfOtherType(t *testing.T) {
	for _, name := range []string{"index.json", "manifest.json"} {
		file := write(t, tarOf(t, nil, &tar.Header{Name: name, Typeflag: tar.TypeCont}))
		fails(t, "docker-archive:"+file, ErrBroken, name+" as an entry of type '7'")
	}
}

// put adds an image to a layout that does not list it, also as files with names.
func put(t testing.TB, dir string, img v1.Image) {
	t.Helper()
	from := filepath.Join(layoutOf(t, img), "blobs")
	if err := os.MkdirAll(filepath.Join(dir, "blobs/sha256"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := filepath.Walk(from, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "blobs", strings.TrimPrefix(path, from)), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	saved := savedAs(t, img)
	for name, blob := range map[string]string{"config.json": saved.Config, "layer.tar": saved.Layers[0]} {
		content, err := os.ReadFile(filepath.Join(dir, blob))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func writeList(t testing.TB, dir string, saved []savedImage) {
	t.Helper()
	text, err := json.Marshal(saved)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "manifest.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
