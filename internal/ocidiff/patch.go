package ocidiff

import (
	"encoding/json"
	"fmt"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/wI2L/jsondiff"

	"github.com/modship-build/modship/internal/imagefacts"
)

// View is what the documents of an image say, as one JSON value.
type View struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
	// Entry is what the index says of it beside that.
	Platform    *ocispec.Platform `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	// Document is the index or manifest, and Config the configuration if it is that of an image.
	Document json.RawMessage `json:"document,omitempty"`
	Config   json.RawMessage `json:"config,omitempty"`
	// Children are the documents that an index names, by platform or what else tells them apart.
	Children map[string]View `json:"children,omitempty"`
}

// NewView gives the view of a document and what is below it.
func NewView(n *imagefacts.Node) View {
	d := n.Descriptor
	v := View{MediaType: d.MediaType, Digest: d.Digest.String(), Size: d.Size, Platform: d.Platform, Annotations: d.Annotations, Document: n.Raw}
	if n.Config != nil {
		v.Config = n.Config.Raw
	}
	for _, child := range n.Children {
		if v.Children == nil {
			v.Children = map[string]View{}
		}
		v.Children[child.Name] = NewView(child)
	}
	return v
}

// Patch gives the JSON patch (RFC 6902) that makes the view of a into the view of b. It ignores nothing.
func Patch(a, b Image) ([]byte, error) {
	one, err := json.Marshal(NewView(a.Root))
	if err != nil {
		return nil, fmt.Errorf("reading %s as JSON: %w", a.Reference, err)
	}
	other, err := json.Marshal(NewView(b.Root))
	if err != nil {
		return nil, fmt.Errorf("reading %s as JSON: %w", b.Reference, err)
	}
	patch, err := jsondiff.CompareJSON(one, other)
	if err != nil {
		return nil, fmt.Errorf("comparing as JSON: %w", err)
	}
	if patch == nil {
		patch = jsondiff.Patch{}
	}
	return json.Marshal(patch)
}
