//go:build linux

package integration

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// A level is a place at which something is said about an image.
type level struct {
	build    string // the build that made it
	kind     levelKind
	platform string // "" at the index
	values   map[string]string
}

type levelKind string

const (
	labelLevel      levelKind = "labels"
	manifestLevel   levelKind = "annotations of the manifest"
	descriptorLevel levelKind = "annotations of the manifest's descriptor"
	indexLevel      levelKind = "annotations of the index"
)

func (l level) String() string {
	return strings.TrimSpace(l.build + ": " + string(l.kind) + " " + l.platform)
}

// stored is what a build made, as an index or as a single image.
type stored struct {
	index v1.ImageIndex // nil for a single image
	image v1.Image
}

// open finds what the archive or the reference stands for.
func (r result) open(t *testing.T) stored {
	t.Helper()
	if r.pushed != "" {
		return openPushed(t, r.pushed)
	}
	dir := t.TempDir()
	if err := unpack(r.archive, dir); err != nil {
		t.Fatalf("unpacking the image: %v", err)
	}
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("want one entry in index.json: %v", err)
	}
	d := manifest.Manifests[0]
	var s stored
	if d.MediaType.IsIndex() {
		s.index, err = outer.ImageIndex(d.Digest)
	} else {
		s.image, err = outer.Image(d.Digest)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openPushed(t *testing.T, reference string) (s stored) {
	t.Helper()
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	found, err := remote.Get(ref)
	if err != nil {
		t.Fatal(err)
	}
	if found.MediaType.IsIndex() {
		s.index, err = found.ImageIndex()
	} else {
		s.image, err = found.Image()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// levelsOf reads everything that is said in an OCI image.
func levelsOf(t *testing.T, build string, s stored) []level {
	t.Helper()
	if s.index == nil {
		return imageLevels(t, build, s.image)
	}
	manifest, err := s.index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var levels []level
	if len(manifest.Annotations) > 0 {
		levels = append(levels, level{build, indexLevel, "", manifest.Annotations})
	}
	for _, d := range manifest.Manifests {
		if isAttestation(d) {
			continue
		}
		img, err := s.index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		levels = append(levels, imageLevels(t, build, img)...)
		if len(d.Annotations) > 0 {
			id := platforms.FormatAll(ocispecs.Platform{OS: d.Platform.OS, Architecture: d.Platform.Architecture, Variant: d.Platform.Variant})
			levels = append(levels, level{build, descriptorLevel, id, d.Annotations})
		}
	}
	return levels
}

func isAttestation(d v1.Descriptor) bool {
	return d.Annotations["vnd.docker.reference.type"] == "attestation-manifest"
}

func imageLevels(t *testing.T, build string, img v1.Image) []level {
	t.Helper()
	id, err := platformOf(img)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	return []level{
		{build, labelLevel, id, labelsOf(t, img)},
		{build, manifestLevel, id, manifest.Annotations},
	}
}

// dockerLevels reads an archive for `docker load`, which has labels only.
func dockerLevels(t *testing.T, build, archive string) []level {
	t.Helper()
	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatalf("reading the archive as docker load does: %v", err)
	}
	id, err := platformOf(img)
	if err != nil {
		t.Fatal(err)
	}
	return []level{{build, labelLevel, id, labelsOf(t, img)}}
}

// agree compares what two levels both say. ofPlatform are keys that each platform has its own value of.
func agree(t *testing.T, a, b level, ofPlatform []string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(a.values)) {
		other, ok := b.values[key]
		if !ok || other == a.values[key] || a.platform != b.platform && slices.Contains(ofPlatform, key) {
			continue
		}
		t.Errorf("%s is %q in %s\nand %q in %s", key, a.values[key], a, other, b)
	}
}
