//go:build linux

package integration

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/digests.json from the images that the examples make")

// goldenFile has the digest of every example's manifests, by example and platform. The examples name their Go down to the patch
// and the builder is pinned, so these are the same on every machine and on every day.
const goldenFile = "testdata/digests.json"

// golden reads the file.
func golden(t *testing.T) map[string]map[string]string {
	t.Helper()
	digests := map[string]map[string]string{}
	data, err := os.ReadFile(goldenFile)
	if err == nil {
		err = json.Unmarshal(data, &digests)
	}
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

// checkGolden compares an example's images with those that were made when its digests were last written down.
func checkGolden(t *testing.T, example string, got map[string]string) {
	t.Helper()
	all := golden(t)
	if !*update {
		if diff := cmp.Diff(all[example], got); diff != "" {
			t.Errorf("digests of %s (-golden +got); if that is meant, run go test -run TestExamples -update:\n%s", example, diff)
		}
		return
	}
	all[example] = got
	data, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = os.WriteFile(goldenFile, append(data, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
