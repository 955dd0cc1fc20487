package ocidiff

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/imagefacts"
)

// identity is what a layer has in it, as far as it is known without reading it.
func identity(l imagefacts.Layer) digest.Digest {
	if l.DiffID != "" {
		return l.DiffID
	}
	return l.Descriptor.Digest
}

func sameLayers(a, b []imagefacts.Layer) bool {
	return slices.EqualFunc(a, b, func(x, y imagefacts.Layer) bool { return identity(x) == identity(y) })
}

// layers compares them from the bottom, and, if one image has more than the other, from the top up to there.
func (c *comparison) layers(a, b []imagefacts.Layer) {
	start := 0
	for start < min(len(a), len(b)) && identity(a[start]) == identity(b[start]) {
		c.layer(start, &a[start], &b[start])
		start++
	}
	end := 0
	for len(a) != len(b) && end < min(len(a), len(b))-start && identity(a[len(a)-1-end]) == identity(b[len(b)-1-end]) {
		end++
	}
	x, y := a[start:len(a)-end], b[start:len(b)-end]
	for i := range max(len(x), len(y)) {
		var one, other *imagefacts.Layer
		if i < len(x) {
			one = &x[i]
		}
		if i < len(y) {
			other = &y[i]
		}
		c.layer(start+i, one, other)
	}
	for i := range end {
		c.layer(len(a)-end+i, &a[len(a)-end+i], &b[len(b)-end+i])
	}
}

// layer compares two layers, of which one may be nil. The number is the first image's.
func (c *comparison) layer(number int, a, b *imagefacts.Layer) {
	path := fmt.Sprintf("/%d", number)
	if a == nil || b == nil || identity(*a) != identity(*b) {
		c.add(Layers, path, Files, layerText(a), layerText(b))
		if a == nil || b == nil {
			return
		}
	} else if a.Descriptor.Digest != b.Descriptor.Digest {
		c.add(Layers, path, Compression, layerText(a), layerText(b))
	}
	c.mediaTypes(Layers, path+"/mediaType", a.Descriptor.MediaType, b.Descriptor.MediaType)
	walk(decode(annotations(a)), decode(annotations(b)), "", func(key string, x, y any) {
		c.add(Layers, path+"/annotations"+key, Metadata, encode(x), encode(y))
	})
}

func annotations(l *imagefacts.Layer) json.RawMessage {
	if len(l.Descriptor.Annotations) == 0 {
		return nil
	}
	raw, _ := json.Marshal(l.Descriptor.Annotations) // strings
	return raw
}

// layerValue is a layer in a report.
type layerValue struct {
	Digest digest.Digest `json:"digest"`
	DiffID digest.Digest `json:"diffID,omitempty"`
	Size   int64         `json:"size"`
}

func layerText(l *imagefacts.Layer) json.RawMessage {
	if l == nil {
		return nil
	}
	return encode(layerValue{l.Descriptor.Digest, l.DiffID, l.Descriptor.Size})
}
