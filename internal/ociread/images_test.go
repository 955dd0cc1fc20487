package ociread

import (
	"os"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

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
