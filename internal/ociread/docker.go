package ociread

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// dockerStore is an archive of docker save before Docker 25, or of a tool that writes the same: it has no manifests, and a
// manifest.json that lists configurations and layers by the names of files. The manifests are made here.
type dockerStore struct {
	files files
	loc   location
	// blobs are the files of the archive by digest, hashed are digests by file, and made are the manifests.
	blobs  map[digest.Digest]string
	hashed map[string]digest.Digest
	made   map[digest.Digest][]byte
	// left is how many bytes of configurations may still be read.
	left int64
}

// savedImage is an element of manifest.json.
type savedImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (s *dockerStore) close() error { return s.files.close() }

func (*dockerStore) referrers(context.Context, digest.Digest, limits) ([]ocispec.Descriptor, error) {
	return nil, nil
}

func (s *dockerStore) open(_ context.Context, desc ocispec.Descriptor, _ bool) (io.ReadCloser, error) {
	if raw, ok := s.made[desc.Digest]; ok {
		return io.NopCloser(bytes.NewReader(raw)), nil
	}
	name, ok := s.blobs[desc.Digest]
	if !ok {
		return nil, notFound("the archive lacks this blob")
	}
	return s.file(name)
}

func (s *dockerStore) file(name string) (file, error) {
	f, err := s.files.open(path.Clean(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, broken("the archive lacks what its manifest.json names: %w", err)
	}
	return f, err
}

func (s *dockerStore) root(_ context.Context, l limits) (*Document, error) {
	saved, err := readSaved(s.files, l)
	if err != nil {
		return nil, err
	}
	if s.loc.digest != "" {
		return nil, notFound("the archive has no manifests, so none has this digest")
	}
	if s.loc.tag != "" {
		if saved, err = s.tagged(saved); err != nil {
			return nil, err
		}
	}
	if len(saved) == 0 {
		return nil, notFound("the archive is empty")
	}
	return s.list(saved, l)
}

// tagged gives the image that the location names.
func (s *dockerStore) tagged(saved []savedImage) ([]savedImage, error) {
	var names [][]string
	for _, img := range saved {
		names = append(names, img.RepoTags)
	}
	found := tagged(names, s.loc.tag)
	switch {
	case len(found) == 0:
		return nil, notFound("no image is tagged %q; there are: %s", s.loc.tag, listed(slices.Concat(names...)))
	case slices.ContainsFunc(found, func(i int) bool { return saved[i].Config != saved[found[0]].Config }):
		return nil, broken("several images are tagged %q; there are: %s", s.loc.tag, listed(slices.Concat(names...)))
	}
	return saved[found[0] : found[0]+1], nil
}

// readSaved reads manifest.json.
func readSaved(files files, l limits) ([]savedImage, error) {
	raw, err := readFile(files, "manifest.json", l.document)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notImage("the archive has neither index.json nor manifest.json")
	}
	if err != nil {
		return nil, err
	}
	if err := checkJSON(raw, savedFields(), l.values); err != nil {
		return nil, err
	}
	var saved []savedImage
	if err := json.Unmarshal(raw, &saved); err != nil {
		return nil, broken("reading manifest.json: %w", err)
	}
	return saved, nil
}

// list makes the manifest of the only image, or an index of several.
func (s *dockerStore) list(saved []savedImage, l limits) (*Document, error) {
	s.blobs, s.hashed, s.made, s.left = map[digest.Digest]string{}, map[string]digest.Digest{}, map[digest.Digest][]byte{}, l.documents
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	if len(saved) > l.entries {
		return nil, tooLarge("an archive of %d images", len(saved))
	}
	for _, img := range saved {
		doc, err := s.manifest(img, l)
		if err != nil || len(saved) == 1 {
			return doc, err
		}
		desc := doc.Descriptor
		if len(img.RepoTags) > 0 {
			desc.Annotations = map[string]string{ocispec.AnnotationRefName: img.RepoTags[0]}
		}
		s.made[desc.Digest] = doc.Raw
		index.Manifests = append(index.Manifests, desc)
	}
	return made(index, ocispec.MediaTypeImageIndex, l)
}

func (s *dockerStore) manifest(img savedImage, l limits) (*Document, error) {
	f, err := s.file(img.Config)
	if err != nil {
		return nil, err
	}
	f.Close()
	raw, err := readFile(s.files, img.Config, min(l.document, s.left))
	if err != nil {
		return nil, err
	}
	s.left -= int64(len(raw))
	if err := checkJSON(raw, configFields(), l.values); err != nil {
		return nil, err
	}
	var config dockerspec.DockerOCIImage
	if err := json.Unmarshal(raw, &config); err != nil {
		return nil, broken("reading the configuration: %w", err)
	}
	if len(config.RootFS.DiffIDs) != len(img.Layers) || len(img.Layers) > l.entries {
		return nil, broken("the configuration has %d layers, and manifest.json %d", len(config.RootFS.DiffIDs), len(img.Layers))
	}
	m := ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: dockerManifest, Layers: []ocispec.Descriptor{}}
	m.Config = ocispec.Descriptor{MediaType: dockerConfig, Digest: digest.FromBytes(raw), Size: int64(len(raw))}
	s.blobs[m.Config.Digest] = img.Config
	for i, name := range img.Layers {
		desc, err := s.layer(name, config.RootFS.DiffIDs[i])
		if err != nil {
			return nil, err
		}
		s.blobs[desc.Digest] = name
		m.Layers = append(m.Layers, desc)
	}
	return made(m, dockerManifest, l)
}

// layer describes a layer. One that is not compressed has the digest that the configuration says, and is compared with it when it is
// read; of others it has to be computed.
func (s *dockerStore) layer(name string, diffID digest.Digest) (ocispec.Descriptor, error) {
	desc := ocispec.Descriptor{MediaType: "application/vnd.docker.image.rootfs.diff.tar", Digest: diffID}
	f, err := s.file(name)
	if err != nil {
		return desc, err
	}
	defer f.Close()
	desc.Size = f.size()
	c, err := sniff(io.NewSectionReader(f, 0, desc.Size))
	if err != nil || c == "" {
		return desc, err
	}
	desc.MediaType += "." + string(c)
	if s.hashed[name] == "" {
		s.hashed[name], err = digest.FromReader(f)
	}
	desc.Digest = s.hashed[name]
	return desc, err
}

// made is a document that stands for one that the archive lacks.
func made(v any, mediaType string, l limits) (*Document, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	doc, err := parseDocument(raw, ocispec.Descriptor{MediaType: mediaType}, l)
	if err == nil {
		doc.Made = true
	}
	return doc, err
}
