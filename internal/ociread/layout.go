package ociread

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// file is a regular file of a layout.
type file interface {
	io.ReadCloser
	io.ReaderAt
	size() int64
}

// files are the files of a layout by their names in it.
type files interface {
	open(name string) (file, error)
	close() error
}

// layoutStore is a store in the OCI image layout.
type layoutStore struct {
	files files
	loc   location
}

// openLayout opens a layout of which no file leads out, whatever its symbolic links say.
func openLayout(loc location) (store, error) {
	root, err := os.OpenRoot(loc.path)
	if err != nil {
		return nil, err
	}
	return &layoutStore{folder{root}, loc}, nil
}

type folder struct{ root *os.Root }

type folderFile struct {
	*os.File
	bytes int64
}

func (f folderFile) size() int64 { return f.bytes }

func (f folder) open(name string) (file, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, broken("%s is not a regular file", name)
	}
	opened, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	return folderFile{opened, info.Size()}, nil
}

func (f folder) close() error { return f.root.Close() }

func (s *layoutStore) close() error { return s.files.close() }

func (s *layoutStore) open(_ context.Context, desc ocispec.Descriptor, _ bool) (io.ReadCloser, error) {
	f, err := s.blob(desc.Digest)
	return f, err
}

func (s *layoutStore) blob(d digest.Digest) (file, error) {
	if err := d.Validate(); err != nil {
		return nil, broken("the digest %q: %w", d, err)
	}
	f, err := s.files.open("blobs/" + d.Algorithm().String() + "/" + d.Encoded())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound("the layout lacks this blob: %w", err)
	}
	return f, err
}

func (s *layoutStore) root(ctx context.Context, l limits) (*Document, error) {
	list, err := s.list(l)
	if err != nil {
		return nil, err
	}
	return s.pick(ctx, list, l)
}

// list reads index.json.
func (s *layoutStore) list(l limits) (*Document, error) {
	raw, err := readFile(s.files, "index.json", l.document)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notImage("not an OCI layout: it lacks index.json")
	}
	if err != nil {
		return nil, err
	}
	list, err := parseDocument(raw, ocispec.Descriptor{}, l)
	if err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	if list.Index == nil {
		return nil, notImage("index.json is not an index")
	}
	list.Made = true
	return list, nil
}

// pick gives the document that the location names of those in index.json.
func (s *layoutStore) pick(ctx context.Context, list *Document, l limits) (*Document, error) {
	found := s.loc.find(list.Index.Manifests)
	switch {
	case len(found) == 0 && s.loc.digest != "":
		return s.unlisted(l)
	case len(found) == 0 && s.loc.tag != "":
		return nil, notFound("no image is tagged %q; there are: %s", s.loc.tag, tags(list.Index.Manifests))
	case len(found) == 0:
		return nil, notFound("the layout is empty")
	case len(found) > 1 && s.loc.tag == "" && s.loc.digest == "":
		return list, nil
	}
	first := list.Index.Manifests[found[0]]
	for _, i := range found {
		if list.Index.Manifests[i].Digest != first.Digest {
			return nil, broken("several images are tagged %q; there are: %s", s.loc.tag, tags(list.Index.Manifests))
		}
	}
	doc, err := s.listed(ctx, first, l)
	if err != nil {
		return nil, about(first.Digest, err)
	}
	doc.Entry = list.entries[found[0]]
	return doc, nil
}

func (s *layoutStore) listed(ctx context.Context, desc ocispec.Descriptor, l limits) (*Document, error) {
	f, err := s.open(ctx, desc, true)
	if err != nil {
		return nil, err
	}
	raw, err := readAll(f, desc, l.document)
	if err != nil {
		return nil, err
	}
	return parseDocument(raw, desc, l)
}

// unlisted reads a document that index.json does not list, but perhaps an index below it.
func (s *layoutStore) unlisted(l limits) (*Document, error) {
	f, err := s.blob(s.loc.digest)
	if err != nil {
		return nil, err
	}
	desc := ocispec.Descriptor{Digest: s.loc.digest, Size: f.size()}
	raw, err := readAll(f, desc, l.document)
	if err != nil {
		return nil, err
	}
	return parseDocument(raw, desc, l)
}

// find gives the entries of index.json that the location stands for.
func (l location) find(list []ocispec.Descriptor) []int {
	var names [][]string
	for _, desc := range list {
		names = append(names, refNames(desc))
	}
	var found []int
	for i, desc := range list {
		if l.digest == "" && l.tag == "" || l.digest != "" && desc.Digest == l.digest {
			found = append(found, i)
		}
	}
	if l.digest == "" && l.tag != "" {
		return tagged(names, l.tag)
	}
	return found
}

// tagged gives the numbers of those that have a name: as it is written, else as docker shows it, else as a tag alone. Docker and containerd
// write whole names, others tags.
func tagged(names [][]string, tag string) []int {
	for _, same := range []func(name string) bool{
		func(name string) bool { return name == tag },
		func(name string) bool { return familiar(name) == familiar(tag) },
		func(name string) bool { return strings.HasSuffix(name, ":"+tag) && !strings.ContainsAny(tag, ":/") },
	} {
		var found []int
		for i, all := range names {
			if slices.ContainsFunc(all, same) {
				found = append(found, i)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// refNames are the names and tags of an entry.
func refNames(desc ocispec.Descriptor) []string {
	return slices.DeleteFunc([]string{desc.Annotations[ocispec.AnnotationRefName], desc.Annotations["io.containerd.image.name"]},
		func(s string) bool { return s == "" })
}

func tags(list []ocispec.Descriptor) string {
	var all []string
	for _, desc := range list {
		all = append(all, refNames(desc)...)
	}
	return listed(all)
}

// listed lists names.
func listed(all []string) string {
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// readFile reads a file that nothing says the size and digest of.
func readFile(files files, name string, limit int64) ([]byte, error) {
	f, err := files.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.size() > limit {
		return nil, tooLarge("%s has %d bytes, and %d are the limit", name, f.size(), limit)
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(f, limit))
	return b.Bytes(), err
}
