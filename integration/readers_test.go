//go:build linux

package integration

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/image-spec/schema"
)

// Images are read with go-containerregistry, the library of crane, elsewhere. These are other people's readers.

// readBySkopeo compares what skopeo reads with the levels that were read before.
func readBySkopeo(t *testing.T, r result, all []level) {
	need(t, "skopeo", "skopeo")
	inspect := func(into any, flags ...string) {
		t.Helper()
		args := append([]string{"inspect", "--tls-verify=false"}, flags...)
		out, err := exec.CommandContext(t.Context(), "skopeo", append(args, "docker://"+r.pushed)...).Output()
		if err != nil {
			t.Fatalf("skopeo %s: %v", strings.Join(args, " "), err)
		}
		if err := json.Unmarshal(out, into); err != nil {
			t.Fatal(err)
		}
	}
	var index v1.IndexManifest
	inspect(&index, "--raw")
	for _, l := range all {
		if l.build != "pushed index with provenance" {
			continue
		}
		var got map[string]string
		arch := strings.TrimPrefix(l.platform, "linux/")
		switch l.kind {
		case labelLevel:
			var found struct{ Labels map[string]string }
			inspectArch := []string{"--override-os", "linux", "--override-arch", arch}
			out, err := exec.CommandContext(t.Context(), "skopeo",
				append(append([]string{}, inspectArch...), "inspect", "--tls-verify=false", "docker://"+r.pushed)...).Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(out, &found); err != nil {
				t.Fatal(err)
			}
			got = found.Labels
		case indexLevel:
			got = index.Annotations
		case descriptorLevel:
			for _, d := range index.Manifests {
				if d.Platform != nil && d.Platform.Architecture == arch {
					got = d.Annotations
				}
			}
		case manifestLevel:
			continue // skopeo takes a digest for that, and gives the bytes whose digest go-containerregistry has checked
		}
		if diff := cmp.Diff(l.values, got); diff != "" {
			t.Errorf("%s (-go-containerregistry +skopeo):\n%s", l, diff)
		}
	}
}

// readByImagetools has buildx read the index, the SBOM and the provenance.
func readByImagetools(t *testing.T, r result) {
	inspect := func(flags ...string) string {
		t.Helper()
		args := append([]string{"buildx", "imagetools", "inspect", "--builder", builderName}, flags...)
		cmd := docker(t, append(args, r.pushed)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("docker %s: %v", strings.Join(args, " "), err)
		}
		return string(out)
	}
	raw, err := r.open(t).index.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(raw), inspect("--raw")); diff != "" {
		t.Errorf("the index (-go-containerregistry +imagetools):\n%s", diff)
	}
	for platform, all := range statements(t, r) {
		var got, want any
		if err := json.Unmarshal([]byte(inspect("--format", `{{json (index .SBOM "`+platform+`").SPDX}}`)), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(spdxOf(all)), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("SBOM of %s (-want +got):\n%s", platform, diff)
		}
		if got := inspect("--format", `{{json (index .Provenance "`+platform+`").SLSA}}`); !strings.Contains(got, "buildType") {
			t.Errorf("provenance of %s: %s", platform, got)
		}
	}
}

// validSchemas holds everything against the JSON schemas of the image specification.
func validSchemas(t *testing.T, results map[string]result) {
	for name, r := range results {
		if strings.HasPrefix(name, "docker") {
			continue // in Docker's own format
		}
		t.Run(name, func(t *testing.T) {
			s := r.open(t)
			if s.index == nil {
				validImage(t, s.image)
				return
			}
			raw, err := s.index.RawManifest()
			valid(t, schema.ValidatorMediaTypeImageIndex, raw, err)
			manifest, err := s.index.IndexManifest()
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range manifest.Manifests {
				img, err := s.index.Image(d.Digest)
				if err != nil {
					t.Fatal(err)
				}
				if isAttestation(d) { // BuildKit gives it an empty configuration
					validManifest(t, img)
					continue
				}
				validImage(t, img)
			}
		})
	}
}

func validImage(t *testing.T, img v1.Image) {
	t.Helper()
	validManifest(t, img)
	raw, err := img.RawConfigFile()
	valid(t, schema.ValidatorMediaTypeImageConfig, raw, err)
}

func validManifest(t *testing.T, img v1.Image) {
	t.Helper()
	raw, err := img.RawManifest()
	valid(t, schema.ValidatorMediaTypeManifest, raw, err)
}

func valid(t *testing.T, v schema.Validator, raw []byte, err error) {
	t.Helper()
	if err == nil {
		err = v.Validate(bytes.NewReader(raw))
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", v, err, raw)
	}
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
