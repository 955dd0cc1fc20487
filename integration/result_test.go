//go:build linux

package integration

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/platforms"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// result is what came of a build.
type result struct {
	log     string
	code    int
	took    time.Duration
	archive string // an OCI archive
	pushed  string // or a reference
}

// says fails the test for each text that the log does not hold.
func (r result) says(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.log, text) {
			t.Errorf("the log does not say %q", text)
		}
	}
	if t.Failed() {
		t.Logf("log:\n%s", r.log)
	}
}

// index opens what was built. A single image is given as an index of one.
func (r result) index(t *testing.T) v1.ImageIndex {
	t.Helper()
	if r.pushed != "" {
		idx, err := pushedIndex(r.pushed)
		if err != nil {
			t.Fatalf("reading %s: %v", r.pushed, err)
		}
		return idx
	}
	dir := t.TempDir()
	if err := unpack(r.archive, dir); err != nil {
		t.Fatalf("unpacking the image: %v", err)
	}
	idx, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatalf("reading the image: %v", err)
	}
	return idx
}

func pushedIndex(reference string) (v1.ImageIndex, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	found, err := remote.Get(ref)
	if err != nil {
		return nil, err
	}
	if found.MediaType.IsIndex() {
		return found.ImageIndex()
	}
	img, err := found.Image()
	if err != nil {
		return nil, err
	}
	return mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img}), nil
}

// images gives the images by platform, in the normalised form of containerd/platforms.
func (r result) images(t *testing.T) map[string]v1.Image {
	t.Helper()
	images := map[string]v1.Image{}
	if err := collect(r.index(t), images); err != nil {
		t.Fatalf("reading the image: %v", err)
	}
	return images
}

// image gives the only image.
func (r result) image(t *testing.T) v1.Image {
	t.Helper()
	images := r.images(t)
	if len(images) != 1 {
		t.Fatalf("want one image, got %d", len(images))
	}
	for _, img := range images {
		return img
	}
	return nil
}

func collect(idx v1.ImageIndex, images map[string]v1.Image) error {
	manifest, err := idx.IndexManifest()
	if err != nil {
		return err
	}
	for _, d := range manifest.Manifests {
		if d.Annotations["vnd.docker.reference.type"] == "attestation-manifest" {
			continue
		}
		if d.MediaType.IsIndex() {
			child, err := idx.ImageIndex(d.Digest)
			if err == nil {
				err = collect(child, images)
			}
			if err != nil {
				return err
			}
			continue
		}
		img, err := idx.Image(d.Digest)
		if err != nil {
			return err
		}
		id, err := platformOf(img)
		if err != nil {
			return err
		}
		images[id] = img
	}
	return nil
}

// platformOf reads the platform of the configuration.
func platformOf(img v1.Image) (string, error) {
	config, err := img.ConfigFile()
	if err != nil {
		return "", err
	}
	return platforms.FormatAll(ocispecs.Platform{OS: config.OS, Architecture: config.Architecture, Variant: config.Variant}), nil
}

// unpack writes the files of a tar archive below dir.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		header, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeReg {
			if err := writeFile(filepath.Join(dir, filepath.Clean("/"+header.Name)), r, 0o644); err != nil {
				return err
			}
		}
	}
}

func writeFile(name string, content io.Reader, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}
