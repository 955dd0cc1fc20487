//go:build linux

package integration

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/golden"
)

// digestsFile has the digest of every example's manifests without their recipe, by example and platform. The examples name their Go
// down to the patch and the builder is pinned, so these are the same on every machine and on every day.
const digestsFile = "testdata/digests.json"

// knownDigests reads the file.
func knownDigests(t *testing.T) map[string]map[string]string {
	t.Helper()
	digests := map[string]map[string]string{}
	if err := json.Unmarshal(readFile(t, digestsFile), &digests); err != nil {
		t.Fatal(err)
	}
	return digests
}

// TestIsolated trusts nothing that other builds have left on the machine, and makes the same images as if it did.
func TestIsolated(t *testing.T) {
	dir := example(t, "hello")
	shared := client.build(t, build{dir: dir, platforms: twoPlatforms})
	configure(t, dir, "cache: isolated\n")
	isolated := client.build(t, build{dir: dir, platforms: twoPlatforms})
	isolated.executed(t, "deps")
	isolated.executed(t, "compile")
	for _, r := range []result{shared, isolated} {
		if diff := cmp.Diff(knownDigests(t)["hello"], lastingDigests(t, r)); diff != "" {
			t.Errorf("digests of the images (-golden +got):\n%s", diff)
		}
	}
}

// recipeLine is an annotation of a manifest that says how the image is made again.
var recipeLine = regexp.MustCompile(`\s*"io\.github\.modship-build\.[a-z]+":\s*"[^"]*",`)

// lastingDigests are those of the manifests without the annotations that say how an image is made again: these name the programs that
// run in the steps, which change with modship and with the Go that builds it.
func lastingDigests(t *testing.T, r result) map[string]string {
	t.Helper()
	found := map[string]string{}
	for platform, img := range r.images(t) {
		raw, err := img.RawManifest()
		if err != nil {
			t.Fatal(err)
		}
		found[platform] = "sha256:" + sha256Of(recipeLine.ReplaceAll(raw, nil))
	}
	return found
}

// checkDigests compares an example's images with those that were made when its digests were last written down.
func checkDigests(t *testing.T, example string, got map[string]string) {
	t.Helper()
	all := knownDigests(t)
	all[example] = got
	golden.File(t, digestsFile, golden.JSON(t, all))
}
