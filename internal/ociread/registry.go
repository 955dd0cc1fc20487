package ociread

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// registryStore is a store of one repository.
type registryStore struct {
	ref    name.Reference
	puller *remote.Puller
	// options are those of the puller.
	options []remote.Option
	err     error
}

func openRegistry(loc location, opts Options) *registryStore {
	inner := opts.Transport
	if inner == nil {
		inner = remote.DefaultTransport
	}
	keychain := opts.Keychain
	if keychain == nil {
		keychain = authn.NewMultiKeychain()
	}
	r := &registryStore{ref: loc.remote}
	r.options = []remote.Option{
		remote.WithTransport(&guard{inner: inner, registry: loc.remote.Context().RegistryStr(), plain: opts.Insecure, limit: defaultLimits.document, silence: maxSilence}),
		remote.WithAuthFromKeychain(keychain),
	}
	r.puller, r.err = remote.NewPuller(r.options...)
	return r
}

func (r *registryStore) root(ctx context.Context, l limits) (*Document, error) {
	got, err := r.get(ctx, r.ref)
	if err != nil {
		return nil, err
	}
	desc := ocispec.Descriptor{MediaType: string(got.MediaType), Size: int64(len(got.Manifest)), Digest: digest.Digest(got.Digest.String())}
	raw, err := readAll(io.NopCloser(bytes.NewReader(got.Manifest)), desc, l.document)
	if err != nil {
		return nil, err
	}
	return parseDocument(raw, desc, l)
}

func (r *registryStore) open(ctx context.Context, desc ocispec.Descriptor, document bool) (io.ReadCloser, error) {
	ref := r.ref.Context().Digest(desc.Digest.String())
	if document {
		got, err := r.get(ctx, ref)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(got.Manifest)), nil
	}
	layer, err := r.puller.Layer(ctx, ref)
	if err != nil {
		return nil, classify(err)
	}
	body, err := layer.Compressed()
	return body, classify(err)
}

func (r *registryStore) get(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	if r.err != nil {
		return nil, r.err
	}
	got, err := r.puller.Get(ctx, ref)
	return got, classify(err)
}

func (*registryStore) close() error { return nil }

// classify tells apart what a registry says.
func classify(err error) error {
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w, or no such repository: %w", ErrNoAccess, err)
	}
	return err
}
