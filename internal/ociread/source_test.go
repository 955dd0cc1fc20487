package ociread

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func twoPlatforms(t testing.TB) (v1.ImageIndex, []v1.Image) {
	var all []v1.Image
	for _, p := range []string{"linux/amd64", "linux/arm64"} {
		all = append(all, imageOf(t, p,
			newLayer(t, "", entries(t, "etc/\n etc/passwd=root\n old=1")),
			newLayer(t, Gzip, entries(t, "app="+p)),
			newLayer(t, Zstd, entries(t, ".wh.old\n link->app")),
		))
	}
	return indexOf(t, all...), all
}

// TestSources reads the same index from every kind of source.
func TestSources(t *testing.T) {
	index, all := twoPlatforms(t)
	raw, _ := index.RawManifest()
	dir := layoutOf(t, index)
	pushed := push(t, index)
	for _, ref := range []string{
		pushed,
		pushed + "@" + digest.FromBytes(raw).String(),
		"oci:" + dir, "oci:" + dir + ":1.0",
		"oci:" + dir + "@" + digest.FromBytes(raw).String(),
		"oci-archive:" + archiveOf(t, dir),
		"docker-archive:" + archiveOf(t, dir) + ":1.0", // without the manifest.json that Docker 25 writes, too
	} {
		t.Run(strings.ReplaceAll(ref, "/", "_"), func(t *testing.T) {
			s := mustOpen(t, ref)
			if got := s.Root(); string(got.Raw) != string(raw) || got.Made || got.Descriptor.Digest != digest.FromBytes(raw) || got.Descriptor.MediaType != ocispec.MediaTypeImageIndex {
				t.Errorf("root is %+v", got.Descriptor)
			}
			found := images(t, s)
			if len(found) != len(all) {
				t.Fatalf("%d images", len(found))
			}
			for i, img := range found {
				checkImage(t, img, all[i])
			}
		})
	}
}

func checkImage(t *testing.T, img *Image, want v1.Image) {
	t.Helper()
	config, _ := want.RawConfigFile()
	if string(img.RawConfig) != string(config) {
		t.Errorf("configuration %s", img.RawConfig)
	}
	platform := img.Platform().OS + "/" + img.Platform().Architecture
	fsys, err := img.FS(t.Context(), FSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"etc/passwd": "root", "app": platform, "link": platform} {
		if got, err := fs.ReadFile(fsys, name); string(got) != want || err != nil {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
	if _, err := fs.Stat(fsys, "old"); err == nil {
		t.Error("a whiteout did nothing")
	}
	if img.Manifest.Made {
		return
	}
	manifest, _ := want.RawManifest()
	if string(img.Manifest.Raw) != string(manifest) {
		t.Errorf("manifest %s", img.Manifest.Raw)
	}
	if entry := string(img.Manifest.Entry); !strings.Contains(entry, digest.FromBytes(manifest).String()) || !strings.Contains(entry, img.Platform().Architecture) {
		t.Errorf("entry %s", entry)
	}
}

// TestDockerArchive reads what docker save wrote before it wrote layouts.
func TestDockerArchive(t *testing.T) {
	_, all := twoPlatforms(t)
	file := dockerArchiveOf(t, all[1])
	for _, ref := range []string{"docker-archive:" + file, "docker-archive:" + file + ":example.com/app:1.0"} {
		s := mustOpen(t, ref)
		found := images(t, s)
		if len(found) != 1 || !found[0].Manifest.Made {
			t.Fatalf("%+v", found)
		}
		checkImage(t, found[0], all[1])
	}
	fails(t, "docker-archive:"+file+":other", ErrNotFound, `no image is tagged "other"; there are: example.com/app:1.0`)
	fails(t, "oci-archive:"+file, ErrNotImage, "index.json")
}

// fails opens a source and reads all its images, and wants an error.
func fails(t *testing.T, ref string, want error, text string) {
	t.Helper()
	err := readEverything(t.Context(), ref, defaultLimits)
	checkError(t, err, want, text)
}

func checkError(t *testing.T, err, want error, text string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", text)
		return
	}
	if want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q, want one of %q, %v", err, text, want)
	}
}

func readEverything(ctx context.Context, ref string, l limits) error {
	s, err := open(ctx, ref, Options{}, l)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Images(ctx, nil, func(img *Image, err error) error {
		if err == nil {
			_, err = img.FS(ctx, FSOptions{})
		}
		return err
	})
}

// TestPicksTag reads layouts of several images.
func TestPicksTag(t *testing.T) {
	_, all := twoPlatforms(t)
	dir := layoutOf(t, all[0])
	index := filepath.Join(dir, "index.json")
	text, _ := os.ReadFile(index)
	os.WriteFile(index, []byte(strings.Replace(string(text), `"manifests": [`, `"manifests": [{"mediaType":"x/y","digest":"`+digest.FromString("").String()+
		`","size":0,"annotations":{"io.containerd.image.name":"docker.io/library/other:2"}},`, 1)), 0o600)
	if s := mustOpen(t, "oci:"+dir); !s.Root().Made || len(s.Root().Index.Manifests) != 2 {
		t.Errorf("%+v", s.Root())
	}
	if s := mustOpen(t, "oci:"+dir+":1.0"); s.Root().Manifest == nil || s.Root().Entry == nil {
		t.Errorf("%+v", s.Root())
	}
	fails(t, "oci:"+dir+":3", ErrNotFound, `no image is tagged "3"; there are: 1.0, docker.io/library/other:2`)
	fails(t, "oci:"+dir+":docker.io/library/other:2", ErrNotFound, "lacks this blob")
	fails(t, "oci:"+dir+"/nothing", ErrNotFound, "no such file")
	fails(t, "oci:"+dir+"@"+digest.FromString("x").String(), ErrNotFound, digest.FromString("x").String())
}

// TestNested finds images in indexes of indexes, without attestations, and stops where that goes too deep.
func TestNested(t *testing.T) {
	_, all := twoPlatforms(t)
	attestation := attestationOf(t, "unknown/unknown", inToto)
	index := mutate.AppendManifests(indexOf(t, all[0]), attestation)
	for depth := 1; depth <= 5; depth++ {
		ref := "oci:" + layoutOf(t, index)
		if depth <= defaultLimits.depth {
			found := images(t, mustOpen(t, ref))
			if len(found) != 1 || len(found[0].Path) != depth {
				t.Errorf("depth %d: %d images", depth, len(found))
			}
		} else {
			fails(t, ref, ErrTooLarge, "deep")
		}
		index = mutate.AppendManifests(indexOf(t), mutate.IndexAddendum{Add: index})
	}
}

// TestKeep reads no manifest of platforms that are not wanted.
func TestKeep(t *testing.T) {
	index, all := twoPlatforms(t)
	dir := layoutOf(t, index)
	unwanted, _ := all[0].Digest()
	if err := os.Remove(filepath.Join(dir, "blobs/sha256", unwanted.Hex)); err != nil {
		t.Fatal(err)
	}
	var failed, found int
	count := func(_ *Image, err error) error {
		if err != nil {
			failed++
			return nil
		}
		found++
		return nil
	}
	s := mustOpen(t, "oci:"+dir)
	if err := s.Images(t.Context(), nil, count); err != nil || failed != 1 || found != 1 {
		t.Errorf("%d failed, %d found, %v", failed, found, err)
	}
	failed, found = 0, 0
	keep := func(d ocispec.Descriptor) bool { return d.Platform.Architecture == "arm64" }
	if err := s.Images(t.Context(), keep, count); err != nil || failed != 0 || found != 1 {
		t.Errorf("%d failed, %d found, %v", failed, found, err)
	}
}
