package verify

import (
	"strings"
	"testing"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

var amd64, unknown = ocispec.Platform{OS: "linux", Architecture: "amd64"}, ocispec.Platform{OS: "unknown", Architecture: "unknown"}

// parts makes what is in the indexes of these tests.
type parts struct{ *imagetest.Layout }

// app is an image whose program has this content.
func (p parts) app(content string) ocispec.Descriptor { return p.appFor(content, amd64) }

func (p parts) appFor(content string, platform ocispec.Platform) ocispec.Descriptor {
	return p.Image(imagetest.Image{Config: ocispec.Image{Platform: platform}, Files: []imagetest.File{{Name: "app", Content: []byte(content)}}})
}

// artifact is what holds a layer of this type and is for no platform.
func (p parts) artifact(config, layer string) ocispec.Descriptor {
	return p.JSON(ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
		Config: p.JSON(config, struct{}{}), Layers: []ocispec.Descriptor{p.Blob(layer, []byte("x"))},
	})
}

// attesting gives an entry the annotation of an attestation.
func attesting(entry, of ocispec.Descriptor) ocispec.Descriptor {
	entry.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": of.Digest.String()}
	return entry
}

func (p parts) attestation(of ocispec.Descriptor) ocispec.Descriptor {
	return on(attesting(p.artifact(ocispec.MediaTypeImageConfig, "application/vnd.in-toto+json"), of), unknown)
}

func on(entry ocispec.Descriptor, platform ocispec.Platform) ocispec.Descriptor {
	entry.Platform = &platform
	return entry
}

// TestIndex compares what is in an index beside the image that a build makes: all of it that a runtime could choose counts.
func TestIndex(t *testing.T) {
	lone := func(p parts) ocispec.Descriptor { return p.app("good") }
	index := func(p parts) ocispec.Descriptor { return p.Index(nil, p.app("good")) }
	said := map[string]string{"a": "b"}
	for _, c := range []struct {
		name           string
		image, rebuilt func(parts) ocispec.Descriptor
		only           []string
		// equal says that there is no difference; says is of the report, or of the error that the image is refused with.
		equal bool
		says  string
	}{
		{"the same", lone, lone, nil, true, "linux/amd64  equal, bit by bit"},
		{"the index that an attestation needs", func(p parts) ocispec.Descriptor { return p.Index(nil, p.app("good"), p.attestation(p.app("good"))) }, lone, nil, true,
			"attestation of linux/amd64: not compared"},
		{"an index that says nothing", index, lone, nil, true, "index        equal"},
		{"an index that says something", func(p parts) ocispec.Descriptor { return p.Index(said, p.app("good")) }, lone, nil, false, "index        different"},
		{"an annotated index", func(p parts) ocispec.Descriptor { return p.Index(said, p.app("good")) },
			func(p parts) ocispec.Descriptor { return p.Index(said, p.app("good")) }, nil, true, "index        equal, bit by bit"},
		{"an image without its index", lone, index, nil, false, "index        different"},
		{"an image as an attestation", func(p parts) ocispec.Descriptor {
			return p.Index(nil, attesting(p.app("evil"), p.app("good")), p.app("good"))
		}, index, nil, false, "two images for linux/amd64"},
		{"an image as an attestation of no platform", func(p parts) ocispec.Descriptor {
			return p.Index(nil, on(attesting(p.app("evil"), p.app("good")), unknown), p.app("good"))
		}, index, nil, false, `as one for "unknown/unknown", which says of itself that it is for "linux/amd64"`},
		{"an artifact with a platform", func(p parts) ocispec.Descriptor {
			return p.Index(nil, on(p.artifact("x/config", ocispec.MediaTypeImageLayer), amd64), p.app("good"))
		}, index, nil, false, "index        different"},
		{"one beside a platform that is chosen", func(p parts) ocispec.Descriptor {
			other := ocispec.Platform{OS: "linux", Architecture: "s390x"}
			return p.Index(nil, on(p.artifact("x/config", ocispec.MediaTypeImageLayer), amd64), p.app("good"), p.appFor("good", other))
		}, index, []string{"linux/amd64"}, false, "index        different"},
		{"an artifact as an attestation", func(p parts) ocispec.Descriptor {
			return p.Index(nil, on(attesting(p.artifact("x/config", ocispec.MediaTypeImageLayer), p.app("good")), amd64), p.app("good"))
		}, index, nil, false, "index        different"},
		{"an artifact", func(p parts) ocispec.Descriptor { return p.Index(nil, p.artifact("x/config", "x/y"), p.app("good")) }, index, nil, true,
			ocispec.MediaTypeImageManifest + ": not compared"},
		{"another platform", func(p parts) ocispec.Descriptor {
			return p.Index(nil, on(p.app("good"), ocispec.Platform{OS: "linux", Architecture: "arm64"}))
		}, index, nil, false, `as one for "linux/arm64", which says of itself that it is for "linux/amd64"`},
		{"another spelling of a platform", func(p parts) ocispec.Descriptor {
			return p.Index(nil, on(p.appFor("good", ocispec.Platform{OS: "linux", Architecture: "arm64"}), ocispec.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}))
		}, func(p parts) ocispec.Descriptor {
			return p.appFor("good", ocispec.Platform{OS: "linux", Architecture: "arm64"})
		}, nil, true, "index        equal"},
		{"an entry with annotations", func(p parts) ocispec.Descriptor {
			good := p.app("good")
			good.Annotations, good.URLs = said, []string{"https://example.com/app"}
			return p.Index(nil, good)
		}, index, nil, false, "index        different"},
		{"an entry without a platform", func(p parts) ocispec.Descriptor {
			good := p.app("good")
			good.Platform = nil
			return p.Index(nil, good)
		}, index, nil, false, "index        different"},
		{"an index in it", func(p parts) ocispec.Descriptor { return p.Index(nil, on(p.Index(nil, p.app("good")), amd64)) }, index, nil, false,
			"an index within an index"},
	} {
		report, err := comparedParts(t, c.image, c.rebuilt, c.only)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			var text strings.Builder
			if err := report.Text(&text); err != nil {
				t.Fatal(err)
			}
			got = text.String()
		}
		if equal := err == nil && report.Equal; equal != c.equal || !strings.Contains(got, c.says) {
			t.Errorf("%s: equal is %t, want %t, and it says, instead of %q:\n%s", c.name, equal, c.equal, c.says, got)
		}
	}
}

// comparedParts compares two images; the error is that of the first.
func comparedParts(t *testing.T, image, rebuilt func(parts) ocispec.Descriptor, only []string) (*Report, error) {
	t.Helper()
	read := func(make func(parts) ocispec.Descriptor) (*Image, error) {
		t.Helper()
		layout := imagetest.NewLayout(t)
		source, err := ociread.Open(t.Context(), layout.Reference(make(parts{layout})), ociread.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { source.Close() })
		return Read(t.Context(), source, true)
	}
	img, err := read(image)
	if err != nil {
		return nil, err
	}
	again, err := read(rebuilt)
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := img.Recipe(only)
	if err != nil {
		t.Fatal(err)
	}
	return Compare(img, again, recipe, ocidiff.Options{})
}
