package cli

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
)

// targetResult is what one target of a build has become.
type targetResult struct {
	// name is that of the target; it tells several of one command apart.
	name     string
	outputs  []output
	response map[string]string
}

// references names the images with their digest, one for each repository that has them: the tags of a repository are one image. An image
// without a name is its digest alone.
func (m targetResult) references() []string {
	digest := imageDigest(m.response)
	if digest == "" {
		return nil
	}
	var refs []string
	for _, out := range m.outputs {
		if !out.isImage() || out.Attrs["name"] == "" {
			continue
		}
		for n := range strings.SplitSeq(cmp.Or(m.response[exptypes.ExporterImageNameKey], out.Attrs["name"]), ",") {
			if named, err := reference.ParseNormalizedNamed(n); err == nil {
				n = reference.FamiliarName(named)
			}
			if ref := n + "@" + digest; !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	if len(refs) == 0 {
		return []string{digest}
	}
	return refs
}

// hand tells programs what was made: on stdout under --quiet, and in the files of --metadata-file and --image-ref-file.
func (o OutputOptions) hand(stdout io.Writer, all []targetResult) error {
	var lines strings.Builder
	for _, m := range all {
		for _, ref := range m.references() {
			lines.WriteString(ref + "\n")
		}
	}
	if o.Quiet {
		if _, err := io.WriteString(stdout, lines.String()); err != nil {
			return fmt.Errorf("writing the digest: %w", err)
		}
	}
	if err := writeWhole(o.ImageRefFile, lines.String()); err != nil {
		return fmt.Errorf("writing the names of the images: %w", err)
	}
	if o.MetadataFile == "" {
		return nil
	}
	text, err := formatMetadata(all)
	if err == nil {
		err = writeWhole(o.MetadataFile, text)
	}
	if err != nil {
		return fmt.Errorf("writing the metadata: %w", err)
	}
	return nil
}

// writeWhole writes a file that is there whole or not at all; one without a name is not wanted.
func writeWhole(name, text string) error {
	if name == "" {
		return nil
	}
	a := &archive{dest: name}
	defer a.discard()
	file, err := a.create()
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return a.commit()
}

// formatMetadata renders the exporter's responses as `docker buildx build --metadata-file` does, and those of several targets as
// `docker buildx bake` does: below their names.
func formatMetadata(all []targetResult) (string, error) {
	values := map[string]any{}
	for _, m := range all {
		if of := metadataOf(m.response); m.name == "" {
			values = of
		} else {
			values[m.name] = of
		}
	}
	data, err := json.MarshalIndent(values, "", "  ")
	return string(data) + "\n", err
}

// metadataOf has values that are JSON in base64 as JSON.
func metadataOf(response map[string]string) map[string]any {
	values := map[string]any{}
	for k, v := range response {
		values[k] = v
		if data, err := base64.StdEncoding.DecodeString(v); err == nil && isJSONDocument(data) {
			values[k] = json.RawMessage(data)
		}
	}
	return values
}

// isJSONDocument tells objects and lists of objects, which are not empty, from plain values that look like base64.
func isJSONDocument(data []byte) bool {
	var object map[string]any
	if json.Unmarshal(data, &object) == nil && len(object) > 0 {
		return true
	}
	var list []map[string]any
	return json.Unmarshal(data, &list) == nil && len(list) > 0
}
