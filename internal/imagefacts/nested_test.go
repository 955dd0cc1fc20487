package imagefacts

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

// TestNested refuses indexes that are too deep in each other, wherever they are: what was not read must not pass for equal.
func TestNested(t *testing.T) {
	for depth, ok := range map[int]bool{maxDepth: true, maxDepth + 1: false, maxDepth + 4: false} {
		layout := imagetest.NewLayout(t)
		entry := layout.Image(imagetest.Image{Config: ocispec.Image{Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"}}})
		for range depth {
			entry = layout.Index(nil, entry)
		}
		source, err := ociread.Open(t.Context(), layout.Reference(entry), ociread.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Collect(t.Context(), source)
		source.Close()
		if (err == nil) != ok {
			t.Errorf("%d indexes: %v", depth, err)
		}
	}
}
