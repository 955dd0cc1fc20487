package ociread

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Options say how a source is reached; the zero value reads without credentials. Layouts and archives need none of them.
type Options struct {
	// Keychain has the credentials for registries.
	Keychain authn.Keychain
	// Transport replaces [remote.DefaultTransport].
	Transport http.RoundTripper
	// Insecure allows registries that are not on this machine to speak plain HTTP.
	Insecure bool
}

// Source is an opened reference. Its methods may be used by several goroutines.
type Source struct {
	ref    string
	store  store
	limits limits
	root   *Document

	mu   sync.Mutex
	docs map[digest.Digest]*Document
	held int64
}

// store is where the blobs are. What it gives is not verified.
type store interface {
	// root gives the document that the reference names. It may lack a digest that was not asked for.
	root(context.Context, limits) (*Document, error)
	// open gives a blob, which may be an [io.ReaderAt]; document tells an index or manifest from others.
	open(ctx context.Context, desc ocispec.Descriptor, document bool) (io.ReadCloser, error)
	// referrers lists the documents whose subject is another.
	referrers(ctx context.Context, subject digest.Digest, l limits) ([]ocispec.Descriptor, error)
	// close ends the use of the store.
	close() error
}

// Open reads the document that a reference names. Close ends the use of the source.
func Open(ctx context.Context, ref string, opts Options) (*Source, error) {
	return open(ctx, ref, opts, defaultLimits)
}

func open(ctx context.Context, ref string, opts Options, l limits) (*Source, error) {
	s := &Source{ref: ref, limits: l, docs: map[digest.Digest]*Document{}}
	loc, err := locate(ref, opts)
	if err != nil {
		return nil, s.fail("", err)
	}
	if s.store, err = openStore(loc, opts); err != nil {
		return nil, s.fail("", err)
	}
	if s.root, err = s.store.root(ctx, l); err != nil {
		s.store.close()
		return nil, s.fail(loc.digest, err)
	}
	return s, nil
}

func openStore(loc location, opts Options) (store, error) {
	switch loc.format {
	case layoutFolder:
		return openLayout(loc)
	case layoutArchive, dockerArchive:
		return openArchive(loc)
	}
	return openRegistry(loc, opts), nil
}

// Close gives back what the source holds. Files that were opened out of it can be read no more.
func (s *Source) Close() error { return s.store.close() }

// Reference is the source as it was given to [Open].
func (s *Source) Reference() string { return s.ref }

// Root is the document that the reference names: an index or a manifest.
func (s *Source) Root() *Document { return s.root }

// Document reads an index or manifest that a descriptor of this source names.
func (s *Source) Document(ctx context.Context, desc ocispec.Descriptor) (*Document, error) {
	if doc, ok := s.known(desc); ok {
		return doc, nil
	}
	raw, err := s.read(ctx, desc, true)
	if err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	doc, err := parseDocument(raw, desc, s.limits)
	if err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held += int64(len(raw)); s.held > s.limits.documents {
		return nil, s.fail(desc.Digest, tooLarge("more than %d bytes of indexes and manifests", s.limits.documents))
	}
	s.docs[desc.Digest] = doc
	return doc, nil
}

// known gives a document that was read before, as the entry of an index that desc is.
func (s *Source) known(desc ocispec.Descriptor) (*Document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc, ok := s.docs[desc.Digest]
	if !ok || doc.Descriptor.Size != desc.Size {
		return nil, false
	}
	other := *doc
	other.Descriptor = desc
	return &other, true
}

// Children reads the documents that an index names, one after the other, and gives each to fn or else the error of reading it. A
// descriptor that skip is true for is passed over; skip may be nil. The first error of fn ends it.
func (s *Source) Children(ctx context.Context, index *Document, skip func(ocispec.Descriptor) bool, fn func(*Document, error) error) error {
	if index.Index == nil {
		return nil
	}
	for i, desc := range index.Index.Manifests {
		if skip != nil && skip(desc) {
			continue
		}
		doc, err := s.Document(ctx, desc)
		if err == nil {
			own := *doc
			own.Entry, doc = index.entries[i], &own
		}
		if err := fn(doc, err); err != nil {
			return err
		}
	}
	return nil
}

// Blob streams what a descriptor of this source names. Whoever reads to the end learns there whether its size and digest are right.
func (s *Source) Blob(ctx context.Context, desc ocispec.Descriptor) (io.ReadCloser, error) {
	if err := checkDescriptors("blob", []ocispec.Descriptor{desc}); err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	r, err := s.store.open(ctx, desc, false)
	if err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	return verify(r, desc), nil
}

// read gives a blob that is small.
func (s *Source) read(ctx context.Context, desc ocispec.Descriptor, document bool) ([]byte, error) {
	if err := checkDescriptors("blob", []ocispec.Descriptor{desc}); err != nil {
		return nil, err
	}
	if desc.Size > s.limits.document {
		return nil, tooLarge("%d bytes, and %d are the limit for a document", desc.Size, s.limits.document)
	}
	r, err := s.store.open(ctx, desc, document)
	if err != nil {
		return nil, err
	}
	return readAll(r, desc, s.limits.document)
}
