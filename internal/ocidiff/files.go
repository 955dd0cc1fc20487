package ocidiff

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
)

// Content reads what is in layers. The zero value reads nothing: then layers are compared by their digests.
type Content struct {
	// Walk gives every entry of a layer, and the digest of the layer without compression once all of it was found to be right.
	Walk func(l imagefacts.Layer, fn func(*tar.Header, io.Reader) error) (digest.Digest, error)
	// Open streams a blob.
	Open func(ocispec.Descriptor) (io.ReadCloser, error)
}

// maxHeld bounds what is held of the files of two layers, in bytes, and overhead is what one takes beside its texts.
const maxHeld, overhead = 96 << 20, 192

// fileSet is the files of one or more layers by their paths.
type fileSet struct {
	files map[string]file
	ids   []digest.Digest
	// hidden is the highest layer with a whiteout for a path; a path that ends in / is a folder's content.
	hidden map[string]int
	bounds *bounds
	like   *fileSet // shares the texts of files that are the same
	// entries counts them, and odd says that runtimes may make something else of them.
	entries int
	odd     bool
	// unsure are paths through folders that the layers do not have, so that there may be a link in a lower one; clash says that it
	// depends on those what the entries make, and order is a hash of all of them in their order.
	unsure []string
	clash  bool
	order  hash.Hash
	// several says that the files are of several layers.
	several bool
}

// bounds are those of what is read: how many bytes are held of the files of two layers, and the sizes that layers say, all of one comparison.
type bounds struct {
	held  int64
	sizes *ociread.Sizes
}

func newFileSet(b *bounds, like *fileSet) *fileSet {
	return &fileSet{files: map[string]file{}, hidden: map[string]int{}, bounds: b, like: like, order: sha256.New()}
}

// read adds layers, the lowest first.
func (s *fileSet) read(from Content, layers []imagefacts.Layer) error {
	s.several = len(layers) > 1
	for i, l := range layers {
		s.bounds.sizes.Layer(l.Descriptor)
		id, err := from.Walk(l, func(h *tar.Header, r io.Reader) error {
			if h.Typeflag == tar.TypeXGlobalHeader {
				return nil
			}
			if err := s.bounds.sizes.Entry(h); err != nil {
				return fmt.Errorf("layers up to %s: %w", l.Descriptor.Digest, err)
			}
			a, err := describe(h, r)
			if err != nil {
				return err
			}
			return s.add(i, h, a)
		})
		if err != nil {
			return err
		}
		s.ids = append(s.ids, id)
	}
	return s.settle()
}

func (s *fileSet) add(layer int, h *tar.Header, a attributes) error {
	if len(h.Name) > maxPath || len(h.Linkname) > maxPath {
		return fmt.Errorf("%w: a path of more than %d bytes", ociread.ErrTooLarge, maxPath)
	}
	s.note(layer, h, a)
	name, f := s.lay(layer, h, a.text())
	if f.folder && f.replaced > 0 {
		a.Replaced = true
		f.text = a.text()
	}
	cost := len(f.link) + len(f.target)
	if s.like != nil && s.like.files[name].text == f.text {
		f.text = s.like.files[name].text
	} else {
		cost += len(name) + len(f.text)
	}
	if err := s.hold(overhead + cost); err != nil {
		return err
	}
	dir, base := path.Split(name)
	switch hidden, ok := strings.CutPrefix(base, whiteout); {
	case base == opaque:
		s.hidden[dir] = layer
	case base == whiteout:
		s.odd = true // containerd takes the folder away that it is in, others nothing
	case ok:
		s.hidden[dir+hidden] = layer
	}
	s.files[name] = f
	return nil
}

// hold counts bytes that are held.
func (s *fileSet) hold(bytes int) error {
	if s.bounds.held += int64(bytes); s.bounds.held > maxHeld {
		return fmt.Errorf("%w: the files of a layer and their attributes take more than %d bytes; compare without them", ociread.ErrTooLarge, maxHeld)
	}
	return nil
}

// files compares layers by what is in them, and says whether that was possible and how they differ: "" if they have the same bytes.
func (c *comparison) files(a, b []imagefacts.Layer) (Cause, bool, error) {
	if c.a.Walk == nil || c.b.Walk == nil || !c.archives(a) || !c.archives(b) {
		return "", false, nil
	}
	read := &bounds{sizes: &c.sizes}
	one := newFileSet(read, nil)
	if err := one.read(c.a, a); err != nil {
		return c.noArchive(err)
	}
	other := newFileSet(read, one)
	if err := other.read(c.b, b); err != nil {
		return c.noArchive(err)
	}
	if slices.Equal(one.ids, other.ids) {
		return "", true, nil
	}
	before := c.seen
	c.strongest, c.changed = len(causes), nil
	names := maps.Clone(one.files)
	maps.Copy(names, other.files)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		c.file(name, one.files[name].text, other.files[name].text)
	}
	if err := c.deepen(a, b, one, other, c.changed); err != nil {
		return "", false, err
	}
	unsure := one.odd || other.odd || (one.clash || other.clash) && !bytes.Equal(one.order.Sum(nil), other.order.Sum(nil))
	switch {
	case unsure && (c.seen == before || c.strongest < len(causes)):
		return OfFiles, true, nil
	case c.seen == before && len(a) != len(b):
		return Layering, true, nil
	case c.seen == before:
		return Formatting, true, nil
	case c.strongest == len(causes):
		return ignored, true, nil
	}
	return causes[c.strongest], true, nil
}

// archives tells whether layers are said to be archives. Those of images always are, but for attestations.
func (c *comparison) archives(layers []imagefacts.Layer) bool {
	return !slices.ContainsFunc(layers, func(l imagefacts.Layer) bool {
		media := l.Descriptor.MediaType
		return isJSON(media) || !c.image && !strings.Contains(media, "tar")
	})
}

// noArchive takes an artifact's layer that is broken as an archive for one that is none.
func (c *comparison) noArchive(err error) (Cause, bool, error) {
	if !c.image && errors.Is(err, ociread.ErrBroken) {
		return "", false, nil
	}
	return "", false, err
}

// file compares what two layers say of a path; "" says that one has nothing there.
func (c *comparison) file(name, a, b string) {
	if a == b {
		return
	}
	var skipped bool
	x, y, names := unequal(a, b, func(attribute string) bool {
		skip := a != "" && b != "" && c.ignore.attribute(attribute)
		skipped = skipped || skip
		return skip
	})
	d := Difference{In: slices.Clone(c.in), Level: Files, Path: printable(name), Cause: OfFiles, A: x, B: y}
	switch {
	case len(names) == 0:
		if skipped {
			c.seen++
			c.report.Ignored++
		}
		return
	case strings.HasPrefix(path.Base(name), whiteout):
		d.Cause = Whiteouts
	case a != "" && b != "":
		d.Cause = causeOf(names)
	}
	if a == "" {
		d.A = nil
	}
	if b == "" {
		d.B = nil
	}
	cause := d.Cause
	if !c.record(d) {
		return
	}
	c.strongest = min(c.strongest, slices.Index(causes, cause))
	if a != "" && b != "" && slices.Contains(names, "sha256") {
		c.changed = append(c.changed, name)
	}
}

// isJSON tells whether a media type is one of JSON texts.
func isJSON(media string) bool {
	return strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "/json")
}

// maxText bounds a JSON text that is compared by what it means.
const maxText = 16 << 20

// texts compares two blobs by what they mean, if they are JSON and can be read.
func (c *comparison) texts(level Level, cause Cause, a, b ocispec.Descriptor) (bool, error) {
	if c.a.Open == nil || c.b.Open == nil || !isJSON(a.MediaType) || !isJSON(b.MediaType) || max(a.Size, b.Size) > maxText {
		return false, nil
	}
	x, err := readText(c.a, a)
	if err != nil {
		return false, err
	}
	y, err := readText(c.b, b)
	if err != nil {
		return false, err
	}
	if !json.Valid(x) || !json.Valid(y) {
		return false, nil
	}
	before := c.seen
	walk(decode(x), decode(y), "", func(pointer string, p, q any) { c.add(level, pointer, cause, encode(p), encode(q)) })
	if c.seen == before {
		c.add(level, "", Formatting, text(a.Digest.String()), text(b.Digest.String()))
	}
	return true, nil
}

func readText(from Content, desc ocispec.Descriptor) ([]byte, error) {
	r, err := from.Open(desc)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
