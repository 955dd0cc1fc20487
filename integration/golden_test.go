//go:build linux

package integration

import (
	"encoding/json"
	"testing"

	"github.com/modship-build/modship/internal/golden"
)

// digestsFile has the digest of every example's manifests, by example and platform. The examples name their Go down to the patch
// and the builder is pinned, so these are the same on every machine and on every day.
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

// checkDigests compares an example's images with those that were made when its digests were last written down.
func checkDigests(t *testing.T, example string, got map[string]string) {
	t.Helper()
	all := knownDigests(t)
	all[example] = got
	golden.File(t, digestsFile, golden.JSON(t, all))
}
