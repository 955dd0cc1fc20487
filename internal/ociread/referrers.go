package ociread

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Referrers reads the documents that name another one as their subject: signatures, SBOMs and the like. A layout lists them beside the
// image; archives of docker save have none.
func (s *Source) Referrers(ctx context.Context, subject digest.Digest) ([]*Document, error) {
	list, err := s.store.referrers(ctx, subject, s.limits)
	if err == nil {
		err = checkDescriptors("referrer", list)
	}
	if err == nil && len(list) > s.limits.entries {
		err = tooLarge("%d referrers", len(list))
	}
	if err != nil {
		return nil, s.fail(subject, fmt.Errorf("listing what refers to it: %w", err))
	}
	var docs []*Document
	for _, desc := range list {
		doc, err := s.Document(ctx, desc)
		if err != nil {
			return nil, err
		}
		own := *doc
		own.Descriptor.ArtifactType = artifactType(doc)
		docs = append(docs, &own)
	}
	return docs, nil
}

// artifactType is what a registry lists a document as (OCI distribution, "Pushing Manifests with Subject").
func artifactType(doc *Document) string {
	switch {
	case doc.Index != nil:
		return doc.Index.ArtifactType
	case doc.Manifest.ArtifactType != "":
		return doc.Manifest.ArtifactType
	}
	return doc.Manifest.Config.MediaType
}

func (r *registryStore) referrers(ctx context.Context, subject digest.Digest, l limits) ([]ocispec.Descriptor, error) {
	if r.err != nil {
		return nil, r.err
	}
	index, err := remote.Referrers(r.ref.Context().Digest(subject.String()), append(r.options, remote.WithContext(ctx))...)
	if err != nil {
		return nil, classify(err)
	}
	raw, err := index.RawManifest()
	if err != nil {
		return nil, classify(err)
	}
	doc, err := parseDocument(raw, ocispec.Descriptor{}, l)
	switch {
	case err != nil:
		return nil, err
	case doc.Index == nil:
		return nil, broken("the list is not an index")
	}
	return doc.Index.Manifests, nil
}

func (s *layoutStore) referrers(ctx context.Context, subject digest.Digest, l limits) ([]ocispec.Descriptor, error) {
	list, err := s.list(l)
	if err != nil {
		return nil, err
	}
	var found []ocispec.Descriptor
	for _, desc := range list.Index.Manifests {
		doc, err := s.listed(ctx, desc, l)
		if err != nil {
			return nil, about(desc.Digest, err)
		}
		if doc.Manifest != nil && doc.Manifest.Subject != nil && doc.Manifest.Subject.Digest == subject {
			found = append(found, desc)
		}
	}
	return found, nil
}
