package ociread

import (
	"archive/tar"
	"context"
	"errors"
	"hash"
	"io"

	"github.com/opencontainers/go-digest"
)

// LayerFacts are what reading a whole layer showed.
type LayerFacts struct {
	Compression Compression
	// DiffID is the digest of the layer without its compression, by SHA-256 whatever the configuration's is by, and Size its bytes.
	DiffID digest.Digest
	Size   int64
	// Entries is how many entries it has.
	Entries int
}

// Walk reads the layer once from its start to its end, and gives every entry to fn in the order of the layer, whiteouts among them and
// names as they are written. The reader ends with the content of the entry, and is good until fn returns.
//
// What fn does with contents may turn out to be done with wrong ones: only Walk's own result says that digest, size and diffID are
// right. An error of fn ends it and is returned.
func (l Layer) Walk(ctx context.Context, fn func(*tar.Header, io.Reader) error) (LayerFacts, error) {
	stream, err := l.open(ctx)
	if err != nil {
		return LayerFacts{}, err
	}
	return stream.walk(l, fn)
}

// walk reads the stream from here to its end and closes it.
func (s *layerStream) walk(l Layer, fn func(*tar.Header, io.Reader) error) (LayerFacts, error) {
	defer s.close()
	for {
		h, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return LayerFacts{}, l.fail(err)
		}
		if err := fn(h, s.tar); err != nil {
			return LayerFacts{}, err
		}
	}
	if err := s.finish(); err != nil {
		return LayerFacts{}, l.fail(err)
	}
	facts := LayerFacts{Compression: s.compression, DiffID: s.diffID(), Size: s.content.read, Entries: s.entries}
	if got := s.content.named(l.DiffID); got != l.DiffID {
		return facts, l.fail(broken("without compression it has the digest %s, and the configuration says %s", got, l.DiffID))
	}
	return facts, nil
}

func (l Layer) fail(err error) error {
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, tar.ErrFieldTooLong) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = broken("not a tar archive, or cut off: %w", err)
	}
	return l.source.fail(l.Descriptor.Digest, err)
}

// layerStream is a layer that is being read.
type layerStream struct {
	blob        *verified
	release     func()
	compression Compression
	content     *measured
	tar         *tar.Reader
	limits      limits
	entries     int
	claimed     int64 // sizes of the files so far
	sizes       Sizes
}

func (l Layer) open(ctx context.Context) (*layerStream, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	blob, err := l.source.Blob(ctx, l.Descriptor)
	if err != nil {
		return nil, err
	}
	s := &layerStream{blob: blob.(*verified), limits: l.source.limits}
	below := &below{ctx: ctx, r: s.blob}
	content, c, release, err := decompress(below)
	if err != nil {
		blob.Close()
		return nil, l.fail(badStream(c, err, below.err))
	}
	s.compression, s.release = c, release
	s.sizes.Layer(l.Descriptor)
	s.content = &measured{r: content, below: below, blob: s.blob, compression: c, limits: s.limits, hash: digest.SHA256.Hash()}
	if l.DiffID != "" && l.DiffID.Algorithm() != digest.SHA256 {
		s.content.other = l.DiffID.Algorithm().Hash()
	}
	s.tar = tar.NewReader(s.content)
	return s, nil
}

// next goes to the next entry. Holes of a sparse file count as its bytes do.
func (s *layerStream) next() (*tar.Header, error) {
	h, err := s.tar.Next()
	if errors.Is(err, tar.ErrInsecurePath) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	s.entries++
	if s.claimed += h.Size; s.claimed > s.limits.layer || s.claimed < 0 {
		return nil, tooLarge("files of more than %d bytes", s.limits.layer)
	}
	// Holes take no bytes of the archive, so its own ratio does not bound them.
	return h, s.sizes.entry(h, s.limits)
}

// finish reads what follows the last entry.
func (s *layerStream) finish() error {
	if _, err := io.Copy(io.Discard, s.content); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, s.blob)
	return err
}

func (s *layerStream) diffID() digest.Digest { return digest.NewDigest(digest.SHA256, s.content.hash) }

func (s *layerStream) close() {
	s.release()
	s.blob.Close()
}

// measured counts and hashes the content of a layer, and bounds it.
type measured struct {
	r           io.Reader
	below       *below
	blob        *verified
	compression Compression
	limits      limits
	hash        hash.Hash
	other       hash.Hash // by the algorithm of the configuration, if that is another
	read        int64
}

// named gives the digest by the algorithm of another one, or "" if that is "".
func (m *measured) named(like digest.Digest) digest.Digest {
	switch {
	case like == "":
		return ""
	case m.other != nil:
		return digest.NewDigest(like.Algorithm(), m.other)
	}
	return digest.NewDigest(digest.SHA256, m.hash)
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.read += int64(n)
	switch {
	case m.read > m.limits.layer:
		return 0, tooLarge("more than %d bytes without compression", m.limits.layer)
	case m.read > m.limits.free && m.read/m.limits.ratio > m.blob.read:
		return 0, tooLarge("compressed to less than one part in %d, as no real layer is", m.limits.ratio)
	}
	m.hash.Write(p[:n])
	if m.other != nil {
		m.other.Write(p[:n])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = badStream(m.compression, err, m.below.err)
	}
	return n, err
}

// below is the compressed stream. It ends with its context, and keeps its error for those that would lose it.
type below struct {
	ctx context.Context // a reader has no place for it
	r   io.Reader
	err error
}

func (b *below) Read(p []byte) (n int, err error) {
	if b.err = b.ctx.Err(); b.err == nil {
		n, b.err = b.r.Read(p)
	}
	return n, b.err
}
