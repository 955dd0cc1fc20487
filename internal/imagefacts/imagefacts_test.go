package imagefacts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ociread"
)

// blobs writes a layout blob by blob.
type blobs struct {
	t   *testing.T
	dir string
}

// put gives the descriptor of a blob that it writes.
func (b blobs) put(mediaType, content, more string) string {
	d := digest.FromString(content)
	b.write("blobs/sha256/"+d.Encoded(), content)
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d%s}`, mediaType, d, len(content), more)
}

func (b blobs) write(name, content string) {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(content), 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b blobs) image(config, more string) string {
	return b.put(ocispec.MediaTypeImageManifest, `{"config":`+b.put(ocispec.MediaTypeImageConfig, config, "")+`,"layers":[]}`, more)
}

// TestCollect names what an index has: platforms, attestations of them, other artifacts, and what is missing.
func TestCollect(t *testing.T) {
	b := blobs{t, t.TempDir()}
	arm := b.image(`{"architecture":"arm","variant":"v7"}`, `,"platform":{"os":"linux","architecture":"arm","variant":"v7"}`)
	subject := digest.FromString("gone").String()
	gone := fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":4,"platform":{"os":"linux","architecture":"amd64"}}`, ocispec.MediaTypeImageManifest, subject)
	attestation := b.image(`{}`, `,"platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest","vnd.docker.reference.digest":"`+subject+`"}`)
	disguised := b.image(`{"architecture":"amd64"}`, `,"platform":{"os":"linux","architecture":"amd64"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}`)
	files := b.put(ocispec.MediaTypeImageManifest, `{"config":`+b.put(ocispec.MediaTypeImageConfig, `{}`, "")+`,"layers":[`+b.put(ocispec.MediaTypeImageLayer, "files", "")+`]}`,
		`,"platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}`)
	chart := b.put(ocispec.MediaTypeImageManifest, `{"config":`+b.put("application/vnd.cncf.helm.config.v1+json", `not JSON`, "")+`,"layers":[`+b.put("x/y", "chart", "")+`]}`, `,"artifactType":"chart"`)
	broken := b.image(`{`, `,"platform":{"os":"linux","architecture":"s390x"}`)
	b.write("index.json", `{"manifests":[`+strings.Join([]string{arm, gone, attestation, chart, chart, broken, disguised, files}, ",")+`]}`)

	source, err := ociread.Open(t.Context(), "oci:"+b.dir, ociread.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	root, err := Collect(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range root.Children {
		got = append(got, fmt.Sprintf("%s: missing %v, attestation %v, image %v, layers %d", n.Name, n.Missing != nil, n.Attestation, n.Config != nil && n.Config.Image, len(n.Layers)))
	}
	want := []string{
		"linux/arm/v7: missing false, attestation false, image true, layers 0",
		"linux/amd64: missing true, attestation false, image false, layers 0",
		"attestation of linux/amd64: missing false, attestation true, image true, layers 0",
		"chart: missing false, attestation false, image false, layers 1",
		"chart #2: missing false, attestation false, image false, layers 1",
		"linux/s390x: missing true, attestation false, image false, layers 0",
		"linux/amd64 #2: missing false, attestation false, image true, layers 0",
		"unknown/unknown: missing false, attestation false, image true, layers 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
