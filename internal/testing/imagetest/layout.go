// Package imagetest is for tests alone: it makes images as they should be and as they should not, blob by blob, and Go programs to put
// into them.
package imagetest

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Layout is a folder in the OCI image layout.
type Layout struct {
	tb  testing.TB
	dir string
}

// NewLayout makes an empty layout.
func NewLayout(tb testing.TB) *Layout { return &Layout{tb, tb.TempDir()} }

// Blob writes a blob and gives its descriptor.
func (l *Layout) Blob(mediaType string, content []byte) ocispec.Descriptor {
	l.tb.Helper()
	d := digest.FromBytes(content)
	l.write("blobs/sha256/"+d.Encoded(), content)
	return ocispec.Descriptor{MediaType: mediaType, Digest: d, Size: int64(len(content))}
}

// JSON writes a blob of what json.Marshal makes of a value.
func (l *Layout) JSON(mediaType string, value any) ocispec.Descriptor {
	l.tb.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		l.tb.Fatal(err)
	}
	return l.Blob(mediaType, content)
}

func (l *Layout) write(name string, content []byte) {
	l.tb.Helper()
	file := filepath.Join(l.dir, name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, content, 0o600)
	}
	if err != nil {
		l.tb.Fatal(err)
	}
}

// File is an entry of a layer. One without content whose name ends in a slash is a folder; Link makes it a symbolic link.
type File struct {
	Name, Link string
	Content    []byte
	Mode       int64
	UID, GID   int
}

// Tar gives a layer of files, which have the mode 0755 if they say none.
func Tar(tb testing.TB, files ...File) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.Name, Linkname: f.Link, Mode: f.Mode, Uid: f.UID, Gid: f.GID, Size: int64(len(f.Content)), Typeflag: tar.TypeReg}
		switch {
		case f.Link != "":
			h.Typeflag = tar.TypeSymlink
		case strings.HasSuffix(f.Name, "/"):
			h.Typeflag = tar.TypeDir
		}
		if h.Mode == 0 {
			h.Mode = 0o755
		}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = w.Write(f.Content)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Image is an image for one platform.
type Image struct {
	Config      ocispec.Image
	Files       []File
	Annotations map[string]string
	// Platform is what the index says, if it is not what the configuration does, and MediaType and LayerType are those of the
	// manifest and its layer, if they are not OCI's.
	Platform             *ocispec.Platform
	MediaType, LayerType string
}

// Image writes an image of one layer and gives the descriptor that an index has of it.
func (l *Layout) Image(img Image) ocispec.Descriptor {
	l.tb.Helper()
	content := Tar(l.tb, img.Files...)
	layer := l.Blob(or(img.LayerType, ocispec.MediaTypeImageLayer), content)
	config := img.Config
	config.RootFS = ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(content)}}
	desc := l.JSON(or(img.MediaType, ocispec.MediaTypeImageManifest), ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: or(img.MediaType, ocispec.MediaTypeImageManifest),
		Config: l.JSON(ocispec.MediaTypeImageConfig, config), Layers: []ocispec.Descriptor{layer}, Annotations: img.Annotations,
	})
	if desc.Platform = img.Platform; desc.Platform == nil {
		desc.Platform = &config.Platform
	}
	return desc
}

func or(value, preset string) string {
	if value == "" {
		return preset
	}
	return value
}

// Index writes an index of images.
func (l *Layout) Index(annotations map[string]string, images ...ocispec.Descriptor) ocispec.Descriptor {
	l.tb.Helper()
	return l.JSON(ocispec.MediaTypeImageIndex, ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: images, Annotations: annotations,
	})
}

// Reference lists what the layout is for, and gives its reference.
func (l *Layout) Reference(entry ocispec.Descriptor) string {
	l.tb.Helper()
	entry.Platform = nil
	list, err := json.Marshal(ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []ocispec.Descriptor{entry}})
	if err != nil {
		l.tb.Fatal(err)
	}
	l.write("index.json", list)
	l.write("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	return "oci:" + l.dir
}
