package ociread

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
)

// savedLayout is an archive of both kinds, as docker save since Docker 25 and BuildKit write it: index.json and manifest.json say what
// is in it. Some readers go by the one and some by the other, so that an archive in which they disagree means two things.
type savedLayout struct {
	*layoutStore
	members *archive
}

func (s *savedLayout) root(ctx context.Context, l limits) (*Document, error) {
	doc, err := s.layoutStore.root(ctx, l)
	if err != nil {
		return nil, err
	}
	return doc, s.agree(ctx, l)
}

// agree wants every image of manifest.json to be one of index.json, below an entry of its own name if there is one. The other way round
// index.json may have more: manifest.json has neither attestations nor platforms other than that of the machine.
func (s *savedLayout) agree(ctx context.Context, l limits) error {
	saved, err := readSaved(s.members, l)
	if err != nil {
		return err
	}
	if len(saved) > l.entries {
		return tooLarge("an archive of %d images", len(saved))
	}
	list, err := s.list(l)
	if err != nil {
		return err
	}
	below, err := s.below(ctx, list, l)
	if err != nil {
		return err
	}
	named := map[string][]int{}
	for i, desc := range list.Index.Manifests {
		for _, name := range refNames(desc) {
			named[familiar(name)] = append(named[familiar(name)], i)
		}
	}
	hashed := map[member]digest.Digest{}
	for _, img := range saved {
		key, err := s.savedKey(img, hashed)
		if err != nil {
			return err
		}
		if len(below[key]) == 0 {
			return broken("manifest.json names an image that index.json does not, so that readers differ in what the archive means")
		}
		for _, tag := range img.RepoTags {
			for _, entry := range named[familiar(tag)] {
				if !below[key][entry] {
					return broken("manifest.json and index.json name different images %q, so that readers differ in what the archive means", tag)
				}
			}
		}
	}
	return nil
}

// below gives the images of index.json by what they consist of, each with the entries that lead to it. They are those that
// [Source.Images] gives: an image that is passed over there, or that cannot be read, agrees with nothing.
func (s *savedLayout) below(ctx context.Context, list *Document, l limits) (map[string]map[int]bool, error) {
	source := &Source{store: s.layoutStore, limits: l, docs: map[digest.Digest]*Document{}}
	found := map[string]map[int]bool{}
	walk := &imageWalk{source: source, left: l.entries}
	for i, desc := range list.Index.Manifests {
		doc, err := source.Document(ctx, desc)
		if errors.Is(err, ErrTooLarge) {
			return nil, err
		}
		if err != nil || walk.attests(ctx, desc) && len(list.Index.Manifests) > 1 {
			continue
		}
		walk.given = map[string]bool{}
		walk.fn = func(img *Image, err error) error {
			if err != nil {
				return nil
			}
			var parts []digest.Digest
			for _, layer := range img.Manifest.Manifest.Layers {
				parts = append(parts, layer.Digest)
			}
			key := imageKey(img.Manifest.Manifest.Config.Digest, parts)
			if found[key] == nil {
				found[key] = map[int]bool{}
			}
			found[key][i] = true
			return nil
		}
		if err := walk.document(ctx, doc, nil); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// savedKey is what an image of manifest.json consists of.
func (s *savedLayout) savedKey(img savedImage, hashed map[member]digest.Digest) (string, error) {
	config, err := s.digest(img.Config, hashed)
	if err != nil {
		return "", err
	}
	var layers []digest.Digest
	for _, name := range img.Layers {
		layer, err := s.digest(name, hashed)
		if err != nil {
			return "", err
		}
		layers = append(layers, layer)
	}
	return imageKey(config, layers), nil
}

// digest is that of a file. One that lies where the layout has a blob is the file that index.json leads to, too, and its digest is
// computed when it is read.
func (s *savedLayout) digest(name string, hashed map[member]digest.Digest) (digest.Digest, error) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	m, err := s.members.find(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", broken("the archive lacks what its manifest.json names: %w", err)
	}
	if err != nil {
		return "", err
	}
	if parts := strings.Split(name, "/"); len(parts) == 3 && parts[0] == "blobs" {
		if d := digest.Digest(parts[1] + ":" + parts[2]); d.Validate() == nil {
			return d, nil
		}
	}
	if hashed[m] == "" {
		f, err := s.members.open(name)
		if err != nil {
			return "", err
		}
		if hashed[m], err = digest.FromReader(f); err != nil {
			return "", err
		}
	}
	return hashed[m], nil
}

func imageKey(config digest.Digest, layers []digest.Digest) string {
	var all strings.Builder
	all.WriteString(config.String())
	for _, layer := range layers {
		all.WriteString(" " + layer.String())
	}
	return digest.FromString(all.String()).String()
}

// familiar is a name as docker shows it. containerd writes it whole.
func familiar(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/"), "library/")
}
