package ociread

import (
	"os"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// attestationOf is an image of one layer as an entry that is said to be an attestation. Without a platform the entry has none.
func attestationOf(t *testing.T, platform string, layer types.MediaType) mutate.IndexAddendum {
	t.Helper()
	made := newLayer(t, "", entries(t, "a=1"))
	made.media = layer
	desc := v1.Descriptor{Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"}}
	if platform == "" {
		return mutate.IndexAddendum{Add: imageOf(t, "linux/amd64", made), Descriptor: desc}
	}
	var err error
	if desc.Platform, err = v1.ParsePlatform(platform); err != nil {
		t.Fatal(err)
	}
	return mutate.IndexAddendum{Add: imageOf(t, platform, made), Descriptor: desc}
}

// TestAttestations: what a runtime could choose is an image, whatever annotation it has, and so is what holds files.
func TestAttestations(t *testing.T) {
	for _, c := range []struct {
		platform string
		layer    types.MediaType
		found    int
	}{
		{"unknown/unknown", inToto, 1},
		{"unknown/unknown", types.OCILayer, 2},
		{"linux/amd64", inToto, 2},
		{"linux/amd64", types.OCILayer, 2},
		{"", inToto, 2},
	} {
		index := mutate.AppendManifests(indexOf(t, imageOf(t, "linux/arm64")), attestationOf(t, c.platform, c.layer))
		if found := images(t, mustOpen(t, "oci:"+layoutOf(t, index))); len(found) != c.found {
			t.Errorf("%q with %s: %d images, want %d", c.platform, c.layer, len(found), c.found)
		}
	}
}

// TestImagesOnce gives an image that is listed again and again once for each platform, and not more images than any index needs.
func TestImagesOnce(t *testing.T) {
	img := imageOf(t, "linux/amd64", newLayer(t, "", entries(t, "a=1")))
	index := indexOf(t, img, img)
	index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: indexOf(t, img, imageOf(t, "linux/arm64"))})
	if found := images(t, mustOpen(t, "oci:"+layoutOf(t, index))); len(found) != 2 {
		t.Errorf("%d images", len(found))
	}
	few := defaultLimits
	few.images = 1
	checkError(t, readEverything(t.Context(), "oci:"+layoutOf(t, index), few), ErrTooLarge, "more than 1 images")
}

// TestTruncated cuts archives off at every place of a stride that no block size divides.
func TestTruncated(t *testing.T) {
	index, all := twoPlatforms(t)
	for format, whole := range map[string]string{"oci-archive:": archiveOf(t, layoutOf(t, index)), "docker-archive:": dockerArchiveOf(t, all[0])} {
		content, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		// What ends an archive, two blocks of zeros, may be missing; so may oci-layout, which is the last file, and what fills up the block
		// before it.
		for at := 0; at < len(content)-5*512; at += 97 {
			err := readEverything(t.Context(), format+write(t, content[:at]), defaultLimits)
			if err == nil {
				t.Errorf("%s%d bytes of %d are read", format, at, len(content))
				continue
			}
			checkKind(t, err)
		}
	}
}
