package ocidiff

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
)

// comparison collects differences on the way through two trees.
type comparison struct {
	a, b   Content
	ignore Ignore
	deep   bool
	report *Report
	// has are the causes of what is not ignored. seen counts what is ignored too.
	has  map[Cause]bool
	seen int

	in          []string
	attestation bool
	// made says that one of the documents stands for one that its source lacks: what it is said to be was found by nobody.
	made bool
	// image says that the layers are those of an image, and not of another artifact.
	image bool
	// sizes are those that the layers that were read say.
	sizes ociread.Sizes
	// strongest is the first of the causes of the files that were compared last.
	strongest int
	// changed are those of them whose contents differ.
	changed []string
}

// ignored stands for the cause of what differs in nothing but what is ignored.
const ignored Cause = "ignored"

func (c *comparison) add(level Level, path string, cause Cause, a, b json.RawMessage) {
	c.record(Difference{In: slices.Clone(c.in), Level: level, Path: path, Cause: cause, A: a, B: b})
}

// record puts a difference into the report, and tells whether it counts.
func (c *comparison) record(d Difference) bool {
	c.seen++
	skip := d.Cause == ignored
	switch {
	case d.Cause == Unreadable: // whether there is more than what is to be ignored, nobody knows
		skip = c.attestation && c.ignore.cause(Attestation)
	case c.attestation && !skip:
		d.Cause = Attestation
		fallthrough
	default:
		skip = skip || c.ignore.matches(d)
	}
	switch {
	case skip:
		c.report.Ignored++
		return false
	case !d.inside() || len(c.report.Differences) < maxDifferences:
		c.report.Differences = append(c.report.Differences, d)
	default:
		c.report.Omitted++
	}
	c.has[d.Cause] = true
	return true
}

// inside tells whether a difference is in the content of a layer, of which there may be many.
func (d Difference) inside() bool { return d.Level == Files || d.Level == Text || d.Level == Program }

// nodes compares two documents and what is below them.
func (c *comparison) nodes(a, b *imagefacts.Node) error {
	if err := c.pairs(a.Referrers, b.Referrers); err != nil {
		return err
	}
	if a.Descriptor.Digest == b.Descriptor.Digest {
		return c.referrersBelow(a, b) // all else that is below is equal too
	}
	level := Index
	if a.Config != nil || b.Config != nil {
		level = Manifest
	}
	switch {
	case a.Missing != nil || b.Missing != nil:
		c.add(level, "", Unreadable, unread(a), unread(b))
		return nil
	case (a.Config == nil) != (b.Config == nil):
		return c.only(a, b)
	}
	before, was := c.seen, c.made
	c.made = a.Made || b.Made
	defer func() { c.made = was }()
	c.mediaTypes(level, "/mediaType", a.Descriptor.MediaType, b.Descriptor.MediaType)
	if !c.made {
		skip := []string{"/manifests", "/config", "/layers", "/mediaType"}
		if c.attestation {
			skip = append(skip, "/subject/digest", "/subject/size") // of what differs itself
		}
		c.documents(level, a.Raw, b.Raw, skip...)
	}
	below := c.manifests
	if level == Index {
		below = func(a, b *imagefacts.Node) error { return c.pairs(a.Children, b.Children) }
	}
	if err := below(a, b); err != nil {
		return err
	}
	if c.seen == before && !c.made {
		c.add(level, "", Formatting, text(a.Descriptor.Digest.String()), text(b.Descriptor.Digest.String()))
	}
	return nil
}

// only compares an index with an image: with the one of its platforms that the image is for, or else as what they are.
func (c *comparison) only(a, b *imagefacts.Node) error {
	c.add(Index, "", Platforms, text(a.Descriptor.MediaType), text(b.Descriptor.MediaType))
	one, other := single(a), single(b)
	if one != nil && other != nil {
		return c.nodes(one, other)
	}
	return nil
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

// referrersBelow compares what refers to the documents of an index that is the same.
func (c *comparison) referrersBelow(a, b *imagefacts.Node) error {
	for i := range min(len(a.Children), len(b.Children)) {
		c.in = append(c.in, a.Children[i].Name)
		err := c.nodes(a.Children[i], b.Children[i])
		c.in = c.in[:len(c.in)-1]
		if err != nil {
			return err
		}
	}
	return nil
}

// pairs compares the nodes of two lists by their names.
func (c *comparison) pairs(a, b []*imagefacts.Node) error {
	others := map[string]*imagefacts.Node{}
	for _, n := range b {
		others[n.Name] = n
	}
	for _, n := range a {
		if err := c.child(n, others[n.Name]); err != nil {
			return err
		}
		delete(others, n.Name)
	}
	for _, n := range b {
		if others[n.Name] != nil {
			if err := c.child(nil, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// child compares what two indexes have under one name; one of both may be nil.
func (c *comparison) child(a, b *imagefacts.Node) error {
	either := a
	if either == nil {
		either = b
	}
	was, names := c.attestation, len(c.in)
	c.attestation, c.in = was || either.Attestation, append(c.in, either.Name)
	defer func() { c.attestation, c.in = was, c.in[:names] }()
	if a == nil || b == nil {
		c.add(Index, "", Platforms, entryOf(a), entryOf(b))
		return nil
	}
	c.documents(Descriptor, a.Entry, b.Entry, "/digest", "/size", "/mediaType", "/annotations/vnd.docker.reference.digest")
	return c.nodes(a, b)
}

func (c *comparison) manifests(a, b *imagefacts.Node) error {
	c.mediaTypes(Config, "/mediaType", a.Config.Descriptor.MediaType, b.Config.Descriptor.MediaType)
	c.descriptors(Descriptor, "/config", a.Config.Entry, b.Config.Entry)
	c.image = a.Config.Image && b.Config.Image
	if a.Config.Descriptor.Digest != b.Config.Descriptor.Digest {
		if err := c.configs(a, b); err != nil {
			return err
		}
	}
	return c.layers(a.Layers, b.Layers)
}

func (c *comparison) configs(a, b *imagefacts.Node) error {
	x, y := a.Config, b.Config
	if !c.image {
		done, err := c.texts(Config, Metadata, x.Descriptor, y.Descriptor)
		if !done && err == nil {
			c.add(Config, "", Metadata, text(x.Descriptor.Digest.String()), text(y.Descriptor.Digest.String()))
		}
		return err
	}
	before := c.seen
	var skip []string
	if hasDiffIDs(a) && hasDiffIDs(b) {
		skip = append(skip, "/rootfs/diff_ids") // compared with the layers
	}
	c.documents(Config, x.Raw, y.Raw, skip...)
	if c.seen == before && sameLayers(a.Layers, b.Layers) {
		c.add(Config, "", Formatting, text(x.Descriptor.Digest.String()), text(y.Descriptor.Digest.String()))
	}
	return nil
}

// hasDiffIDs tells whether the configuration of an image has one for each layer.
func hasDiffIDs(n *imagefacts.Node) bool {
	var config struct {
		RootFS struct {
			DiffIDs []json.RawMessage `json:"diff_ids"`
		} `json:"rootfs"`
	}
	return json.Unmarshal(n.Config.Raw, &config) == nil && len(config.RootFS.DiffIDs) == len(n.Layers)
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
