package ocidiff

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/imagefacts"
)

// comparison collects differences on the way through two trees.
type comparison struct {
	in          []string
	attestation bool
	// made says that one of the documents stands for one that its source lacks: what it is said to be was found by nobody.
	made  bool
	found []Difference
}

func (c *comparison) add(level Level, path string, cause Cause, a, b json.RawMessage) {
	if c.attestation {
		cause = Attestation
	}
	c.found = append(c.found, Difference{In: slices.Clone(c.in), Level: level, Path: path, Cause: cause, A: a, B: b})
}

// nodes compares two documents and what is below them.
func (c *comparison) nodes(a, b *imagefacts.Node) {
	if a.Descriptor.Digest == b.Descriptor.Digest {
		return // then all that is below is equal too
	}
	level := Index
	if a.Config != nil || b.Config != nil {
		level = Manifest
	}
	switch {
	case a.Missing != nil || b.Missing != nil:
		c.add(level, "", Metadata, unread(a), unread(b))
		return
	case (a.Config == nil) != (b.Config == nil):
		c.only(a, b)
		return
	}
	before, was := len(c.found), c.made
	c.made = a.Made || b.Made
	defer func() { c.made = was }()
	c.mediaTypes(level, "/mediaType", a.Descriptor.MediaType, b.Descriptor.MediaType)
	if !c.made {
		c.documents(level, a.Raw, b.Raw, "/manifests", "/config", "/layers", "/mediaType")
	}
	if level == Index {
		c.children(a, b)
	} else {
		c.manifests(a, b)
	}
	if len(c.found) == before && !c.made {
		c.add(level, "", Formatting, text(a.Descriptor.Digest.String()), text(b.Descriptor.Digest.String()))
	}
}

// only compares an index with an image: with the one of its platforms that the image is for, or else as what they are.
func (c *comparison) only(a, b *imagefacts.Node) {
	c.add(Index, "", Platforms, text(a.Descriptor.MediaType), text(b.Descriptor.MediaType))
	one, other := single(a), single(b)
	if one != nil && other != nil {
		c.nodes(one, other)
	}
}

// single gives the only image of a tree.
func single(n *imagefacts.Node) *imagefacts.Node {
	if n.Config != nil {
		return n
	}
	images := slices.DeleteFunc(slices.Clone(n.Children), func(child *imagefacts.Node) bool { return child.Attestation })
	if len(images) != 1 {
		return nil
	}
	return single(images[0])
}

func (c *comparison) children(a, b *imagefacts.Node) {
	others := map[string]*imagefacts.Node{}
	for _, n := range b.Children {
		others[n.Name] = n
	}
	for _, n := range a.Children {
		c.child(n, others[n.Name])
		delete(others, n.Name)
	}
	for _, n := range b.Children {
		if others[n.Name] != nil {
			c.child(nil, n)
		}
	}
}

// child compares what two indexes have under one name; one of both may be nil.
func (c *comparison) child(a, b *imagefacts.Node) {
	either := a
	if either == nil {
		either = b
	}
	was, names := c.attestation, len(c.in)
	c.attestation, c.in = was || either.Attestation, append(c.in, either.Name)
	defer func() { c.attestation, c.in = was, c.in[:names] }()
	if a == nil || b == nil {
		c.add(Index, "", Platforms, entryOf(a), entryOf(b))
		return
	}
	c.documents(Descriptor, a.Entry, b.Entry, "/digest", "/size", "/mediaType", "/annotations/vnd.docker.reference.digest")
	c.nodes(a, b)
}

func (c *comparison) manifests(a, b *imagefacts.Node) {
	c.mediaTypes(Config, "/mediaType", a.Config.Descriptor.MediaType, b.Config.Descriptor.MediaType)
	if x, y := a.Config, b.Config; x.Descriptor.Digest != y.Descriptor.Digest {
		before := len(c.found)
		if x.Image && y.Image {
			c.documents(Config, x.Raw, y.Raw, "/rootfs/diff_ids")
		}
		switch {
		case len(c.found) > before:
		case x.Image && y.Image && sameLayers(a.Layers, b.Layers):
			c.add(Config, "", Formatting, text(x.Descriptor.Digest.String()), text(y.Descriptor.Digest.String()))
		case !x.Image || !y.Image:
			c.add(Config, "", Metadata, text(x.Descriptor.Digest.String()), text(y.Descriptor.Digest.String()))
		}
	}
	c.layers(a.Layers, b.Layers)
}

func (c *comparison) mediaTypes(level Level, path, a, b string) {
	if a != b && !c.made {
		c.add(level, path, MediaTypes, text(a), text(b))
	}
}

// documents compares two JSON texts without the paths that are compared otherwise. Labels and annotations have levels of their own.
func (c *comparison) documents(level Level, a, b json.RawMessage, skip ...string) {
	walk(decode(a), decode(b), "", func(path string, x, y any) {
		for _, s := range skip {
			if path == s || strings.HasPrefix(path, s+"/") {
				return
			}
		}
		at := level
		switch {
		case level == Config && strings.HasPrefix(path, "/config/Labels/"):
			at, path = Labels, strings.TrimPrefix(path, "/config/Labels")
		case level != Config && strings.HasPrefix(path, "/annotations/"):
			path = strings.TrimPrefix(path, "/annotations")
			at = Annotations
		}
		c.add(at, path, Metadata, encode(x), encode(y))
	})
}

// absent is a value that is not there.
type absent struct{}

func decode(text json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return absent{}
	}
	return v
}

func encode(v any) json.RawMessage {
	if _, ok := v.(absent); ok {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil // does not happen: it was JSON before
	}
	return bytes.TrimSpace(b.Bytes())
}

func text(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return encode(s)
}

func entryOf(n *imagefacts.Node) json.RawMessage {
	if n == nil {
		return nil
	}
	return text(n.Descriptor.Digest.String())
}

func unread(n *imagefacts.Node) json.RawMessage {
	if n.Missing != nil {
		return text("could not be read: " + n.Missing.Error())
	}
	return text(n.Descriptor.Digest.String())
}
