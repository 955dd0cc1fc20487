package docgen

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFigures: README.md says how many images tests hold to digests that were written down.
func TestFigures(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "integration/testdata/digests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var digests map[string]map[string]string
	if err := json.Unmarshal(data, &digests); err != nil {
		t.Fatal(err)
	}
	images := 0
	for _, platforms := range digests {
		images += len(platforms)
	}
	if want := fmt.Sprintf("holds %d images of the examples", images); !strings.Contains(find(t, "README.md").text, want) {
		t.Errorf("README.md does not say %q", want)
	}
}
