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

// checkGolden compares an example's images with those that were made when its digests were last written down.
func checkGolden(t *testing.T, example string, got map[string]string) {
	t.Helper()
	golden := map[string]map[string]string{}
	data, err := os.ReadFile(goldenFile)
	if err == nil {
		err = json.Unmarshal(data, &golden)
	}
	if err != nil && !*update {
		t.Fatal(err)
	}
	if !*update {
		if diff := cmp.Diff(golden[example], got); diff != "" {
			t.Errorf("digests of %s (-golden +got); if that is meant, run go test -run TestExamples -update:\n%s", example, diff)
		}
		return
	}
	golden[example] = got
	if data, err = json.MarshalIndent(golden, "", "  "); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
