package ocidiff

import (
	"archive/tar"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
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

// layers compares them from the bottom and from the top up to where they differ. What is between is compared layer by layer if both
// have as many, else as one.
func (c *comparison) layers(a, b []imagefacts.Layer) error {
	start := 0
	for start < min(len(a), len(b)) && identity(a[start]) == identity(b[start]) {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && identity(a[len(a)-1-end]) == identity(b[len(b)-1-end]) {
		end++
	}
	for i := range start {
		if err := c.layer(i, &a[i], &b[i], OfFiles); err != nil {
			return err
		}
	}
	if err := c.unlike(start, a[start:len(a)-end], b[start:len(b)-end]); err != nil {
		return err
	}
	for i := range end {
		if err := c.layer(len(a)-end+i, &a[len(a)-end+i], &b[len(b)-end+i], OfFiles); err != nil {
			return err
		}
	}
	return nil
}

// unlike compares layers of which the first is number start. They have different digests, or one image has more of them.
func (c *comparison) unlike(start int, a, b []imagefacts.Layer) error {
	if len(a) == len(b) {
		for i := range a {
			if err := c.pair(start+i, a[i], b[i]); err != nil {
				return err
			}
		}
		return nil
	}
	defer c.outerFirst(len(c.report.Differences), len(c.in))
	c.in = append(c.in, fmt.Sprintf("layers from %d", start))
	cause, read, err := c.files(a, b)
	c.in = c.in[:len(c.in)-1]
	if err != nil {
		return err
	}
	if !read {
		cause = OfFiles
	}
	for i := range max(len(a), len(b)) {
		var one, other *imagefacts.Layer
		if i < len(a) {
			one = &a[i]
		}
		if i < len(b) {
			other = &b[i]
		}
		if err := c.layer(start+i, one, other, cause); err != nil {
			return err
		}
	}
	return nil
}

// pair compares two layers that have different digests, also without compression as far as that is known.
func (c *comparison) pair(number int, a, b imagefacts.Layer) error {
	if identity(a) == identity(b) {
		return c.layer(number, &a, &b, OfFiles)
	}
	defer c.outerFirst(len(c.report.Differences), len(c.in))
	c.in = append(c.in, fmt.Sprintf("layer %d", number))
	cause, read, err := c.files([]imagefacts.Layer{a}, []imagefacts.Layer{b})
	var done bool
	if err == nil && !read {
		done, err = c.texts(Text, OfFiles, a.Descriptor, b.Descriptor)
	}
	c.in = c.in[:len(c.in)-1]
	switch {
	case err != nil:
		return err
	case done:
		c.layerSays(fmt.Sprintf("/%d", number), &a, &b)
		return nil
	case !read:
		cause = OfFiles
	case cause == "":
		cause = Compression
	}
	return c.layer(number, &a, &b, cause)
}

// outerFirst puts what was found of layers, which are depth deep, before what was found in them; both follow the first start differences.
func (c *comparison) outerFirst(start, depth int) {
	slices.SortStableFunc(c.report.Differences[start:], func(x, y Difference) int {
		return cmp.Compare(min(len(x.In), depth+1), min(len(y.In), depth+1))
	})
}

// layer compares what is said of two layers, of which one may be nil. cause is why their contents differ, if they do. The number is the
// first image's.
func (c *comparison) layer(number int, a, b *imagefacts.Layer, cause Cause) error {
	path := fmt.Sprintf("/%d", number)
	switch {
	case a == nil || b == nil:
		c.add(Layers, path, cause, layerText(a), layerText(b))
		return nil
	case identity(*a) != identity(*b):
		c.add(Layers, path, cause, layerText(a), layerText(b))
	case a.Descriptor.Digest != b.Descriptor.Digest:
		if err := c.confirm(*a, *b); err != nil {
			return err
		}
		c.add(Layers, path, Compression, layerText(a), layerText(b))
	}
	c.layerSays(path, a, b)
	return nil
}

// confirm reads layers that are said to be the same without compression, because anybody can say so.
func (c *comparison) confirm(a, b imagefacts.Layer) error {
	if !c.archives([]imagefacts.Layer{a, b}) || c.a.Walk == nil || c.b.Walk == nil {
		return nil
	}
	nothing := func(*tar.Header, io.Reader) error { return nil }
	one, err := c.a.Walk(a, nothing)
	if err != nil {
		return err
	}
	other, err := c.b.Walk(b, nothing)
	if err == nil && one != other {
		err = fmt.Errorf("%w: both configurations say the diff ID %s of layers with the digests %s and %s", ociread.ErrBroken, a.DiffID, one, other)
	}
	return err
}

// layerSays compares the rest of the descriptors.
func (c *comparison) layerSays(path string, a, b *imagefacts.Layer) {
	c.mediaTypes(Layers, path+"/mediaType", a.Descriptor.MediaType, b.Descriptor.MediaType)
	c.descriptors(Layers, path, a.Entry, b.Entry)
}

// descriptors compares what else descriptors say: annotations, URLs, data, and fields that nobody knows here.
func (c *comparison) descriptors(level Level, path string, a, b json.RawMessage) {
	walk(rest(a), rest(b), path, func(key string, x, y any) { c.add(level, key, Metadata, encode(x), encode(y)) })
}

// rest gives what a descriptor says beside what is compared otherwise. A field that is null or has nothing in it is as one that is not there.
func rest(entry json.RawMessage) map[string]any {
	fields := members(string(entry))
	for _, key := range []string{"mediaType", "digest", "size"} {
		delete(fields, key)
	}
	maps.DeleteFunc(fields, func(_ string, v any) bool {
		text := string(encode(v))
		return text == "null" || text == "{}" || text == "[]"
	})
	return fields
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
