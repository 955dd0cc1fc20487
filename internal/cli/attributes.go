package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
)

// The attributes of the exporters of the BuildKit that go.mod names; TestAttributesOfBuildKit reads them in its source.
var (
	layerAttributes = []string{"name", "compression", "compression-level", "force-compression", "oci-mediatypes", "oci-artifact", "attestation-inline",
		"rewrite-timestamp", "prefer-nondist-layers", "source-date-epoch"}
	fileAttributes = []string{"attestation-prefix", "platform-split", "source-date-epoch", "mode"}

	attributes = map[string][]string{
		client.ExporterImage: slices.Concat(layerAttributes, []string{"push", "push-by-digest", "registry.insecure", "dangling-name-prefix",
			"danging-name-empty-only", // BuildKit spells it so
			"name-canonical", "unpack", "store"}),
		client.ExporterOCI:    slices.Concat(layerAttributes, []string{"dest", "tar"}),
		client.ExporterDocker: slices.Concat(layerAttributes, []string{"dest", "tar"}),
		client.ExporterTar:    slices.Concat(fileAttributes, []string{"dest"}),
		client.ExporterLocal:  slices.Concat(fileAttributes, []string{"dest"}),
		"cacheonly":           nil,
	}
)

// otherNames are what other tools, and other flags, call an attribute.
var otherNames = map[string]string{"dst": "dest", "destination": "dest", "file": "dest", "path": "dest", "ref": "name", "tag": "name"}

// checkAttributes returns the first attribute that BuildKit would pass over without a word although another one is meant, and what
// it is; unknown are those that nothing is like.
func checkAttributes(out output) (mistaken, meant string, unknown []string) {
	known := attributes[out.Type]
	for _, key := range slices.Sorted(maps.Keys(out.Attrs)) {
		if slices.Contains(known, key) || strings.HasPrefix(key, "annotation") {
			continue
		}
		if other := otherNames[key]; slices.Contains(known, other) {
			return key, other, nil
		}
		if near := diag.Suggest(key, known); near != "" {
			return key, strings.Trim(strings.TrimPrefix(near, "did you mean "), `"?`), nil
		}
		unknown = append(unknown, key)
	}
	return "", "", unknown
}

// unknownAttributes warns of attributes that may be those of a newer BuildKit.
func unknownAttributes(outputs []output) []string {
	var warnings []string
	for _, out := range outputs {
		if _, _, unknown := checkAttributes(out); len(unknown) > 0 {
			warnings = append(warnings, fmt.Sprintf("--output: type=%s has no %s that is known here; a BuildKit that does not know it either passes over it",
				out.Type, strings.Join(unknown, ", ")))
		}
	}
	return warnings
}
