//go:build linux

package integration

import (
	"encoding/json"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAnnotate holds what `modship annotate` says without a build against the annotations that a build writes, in a checkout as
// it is committed and with a change. What only the program or the base image can tell is the build's alone.
func TestAnnotate(t *testing.T) {
	l := setUp(t)
	dir := newCheckout(t, `
metadata: {vendor: Example Ltd, documentation: "https://example.com/${version}"}
image: {annotations: {com.example.tier: "1", org.opencontainers.image.url: null}}
`)
	compare := func(t *testing.T) {
		text, err := exec.CommandContext(t.Context(), l.modship, "annotate", dir).Output()
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		if err := json.Unmarshal(text, &said); err != nil {
			t.Fatal(err)
		}
		manifest, err := client.build(t, build{dir: dir}).image(t).Manifest()
		if err != nil {
			t.Fatal(err)
		}
		written := maps.Clone(manifest.Annotations)
		maps.DeleteFunc(written, func(key, _ string) bool { return strings.HasPrefix(key, "golang.org/") })
		if diff := cmp.Diff(written, said); diff != "" {
			t.Errorf("(-build +annotate):\n%s", diff)
		}
		if said["org.opencontainers.image.revision"] == "" {
			t.Error("the revision is not known")
		}
	}
	t.Run("committed", compare)
	edit(t, dir, "main.go", string(readFile(t, dir+"/main.go"))+"\n// changed\n")
	t.Run("changed", compare)
}
