// Package hostile is for tests alone: it makes images that somebody made to harm who reads them, and runs commands on them that must
// stand it. What is large is made on the disk, so that the memory of the test is not that of the command.
package hostile

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Input is an image, or what pretends to be one.
type Input struct {
	Name, Ref string
	// Error is what whoever reads all of it must say; "" if it can be read.
	Error string
	// Tree says that only who lays the files of layers over each other sees the error.
	Tree bool
}

// Small are inputs that are made and read in no time.
func Small(tb testing.TB) []Input {
	l := newLayout(tb)
	app := tarred(func(w *tar.Writer) { file(w, "app", []byte("#!/lost\n")) })
	good := l.layer("", app)
	all := []Input{
		{"no JSON", l.image(`{"config":`), "not valid JSON", false},
		{"index and manifest", l.image(`{"manifests":[],"layers":[],"config":` + l.config(good) + `}`), "both an index and a manifest", false},
		{"one digest, two sizes", l.image(manifest(l.config(good, good), good, good.longer())), "instead of", false},
		{"configuration of 100 MB", l.image(manifest(l.large(100<<20), good)), "are the limit for a document", false},
		{"a million manifests", l.list(good, 1_000_000), "are the limit", false},
		{"a hundred thousand manifests", l.image(list(good, 100_000)), "more values than any image needs", false},
		{"indexes in indexes", l.image(l.nested(manifest(l.config(good), good), 8)), "indexes more than 4 deep in each other", false},
		{"indexes times indexes", l.image(l.wide(manifest(l.config(good), good), 4, 11)), "than 10000", false},
		{"many images", l.image(l.many(good, 900)), "", false},
		{"wrong digest", l.image(manifest(l.config(good), l.changed(good))), "its content", false},
		{"wrong diffID", l.image(manifest(l.config(l.layer("", append(app, make([]byte, 512)...))), l.layer("gzip", app))), "the configuration says", false},
		{"zstd window", l.image(manifest(l.config(good), l.blob([]byte("\x28\xb5\x2f\xfd\x00\xa8\x00\x00\x00")))), "window", false},
		{"zstd bomb", l.image(manifest(l.config(good), l.bomb("zstd", 512<<20))), "one part in", false},
		{"claimed size", l.image(manifest(l.config(good), l.layer("gzip", claim(1<<44)))), "files of more than", false},
		{"folders without end", l.image(l.proper(l.layer("", tarred(func(w *tar.Writer) { file(w, strings.Repeat("a/", 2040)+"b", nil) })))), "", false},
		{"names that lead out", l.image(l.proper(l.layer("", tarred(leadOut)))), "", false},
		{"links in circles", l.image(l.proper(l.layer("", tarred(circles)))), "", false},
		{"hard link to itself", l.image(l.proper(l.layer("", tarred(func(w *tar.Writer) { link(w, "app", "app", tar.TypeLink) })))), "hard link", true},
		{"below a file", l.image(l.proper(l.layer("", tarred(func(w *tar.Writer) { file(w, "app", nil); file(w, "app/x", nil) })))), "below a file", true},
	}
	return append(all, l.truncated(app)...)
}

// Good is an image of one layer, with which others can be compared.
func Good(tb testing.TB) string {
	l := newLayout(tb)
	return l.image(l.proper(l.layer("", tarred(func(w *tar.Writer) { file(w, "other", nil) }))))
}

// Large are inputs that take seconds: many layers, and much that is in an image.
func Large(tb testing.TB) []Input {
	l := newLayout(tb)
	app := l.layer("gzip", tarred(func(w *tar.Writer) { file(w, "app", []byte("#!/lost\n")); file(w, ".wh..wh..opq", nil) }))
	many := make([]blob, 10_000)
	for i := range many {
		many[i] = app
	}
	return []Input{
		{"10,000 layers", l.image(l.proper(many...)), "", false},
		{"1 GB of files", l.image(l.proper(l.layerOf("gzip", gzip.NoCompression, gigabyte))), "", false},
		{"gzip bomb of 1 GB", l.image(l.proper(l.layerOf("gzip", gzip.BestSpeed, zeros))), "", false},
	}
}

// layout is a folder of blobs that inputs share. Its index lists none of them.
type layout struct {
	tb  testing.TB
	dir string
}

func newLayout(tb testing.TB) layout {
	tb.Helper()
	l := layout{tb, tb.TempDir()}
	l.check(os.WriteFile(filepath.Join(l.dir, "index.json"), []byte(`{"manifests":[]}`), 0o600))
	return l
}

// blob is a blob with the digest of what it is without compression.
type blob struct {
	digest, diffID digest.Digest
	size           int64
}

func (b blob) longer() blob { b.size++; return b }

func (b blob) descriptor(mediaType string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, b.digest, b.size)
}

func (l layout) check(err error) {
	l.tb.Helper()
	if err != nil {
		l.tb.Fatal(err)
	}
}

// stream writes a blob piece by piece.
func (l layout) stream(write func(io.Writer) error) blob {
	l.tb.Helper()
	blobs := filepath.Join(l.dir, "blobs/sha256")
	l.check(os.MkdirAll(blobs, 0o755))
	f, err := os.CreateTemp(blobs, "new")
	l.check(err)
	hash := digest.SHA256.Digester()
	l.check(write(io.MultiWriter(f, hash.Hash())))
	info, err := f.Stat()
	l.check(err)
	l.check(f.Close())
	l.check(os.Rename(f.Name(), filepath.Join(blobs, hash.Digest().Encoded())))
	return blob{digest: hash.Digest(), diffID: hash.Digest(), size: info.Size()}
}

func (l layout) blob(content []byte) blob {
	l.tb.Helper()
	return l.stream(func(w io.Writer) error { _, err := w.Write(content); return err })
}

// layer writes a tar archive, compressed or not.
func (l layout) layer(compression string, content []byte) blob {
	l.tb.Helper()
	return l.layerOf(compression, gzip.BestSpeed, func(w io.Writer) error { _, err := w.Write(content); return err })
}

func (l layout) layerOf(compression string, level int, write func(io.Writer) error) blob {
	l.tb.Helper()
	content := digest.SHA256.Digester()
	b := l.stream(func(w io.Writer) error {
		var z io.WriteCloser
		var err error
		switch compression {
		case "gzip":
			z, err = gzip.NewWriterLevel(w, level)
		case "zstd":
			z, err = zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		default:
			return write(io.MultiWriter(w, content.Hash()))
		}
		if err == nil {
			err = write(io.MultiWriter(z, content.Hash()))
		}
		if err != nil {
			return err
		}
		return z.Close()
	})
	b.diffID = content.Digest()
	return b
}

// bomb is a file of zeros, of which a few bytes are stored.
func (l layout) bomb(compression string, size int64) blob {
	l.tb.Helper()
	return l.layerOf(compression, gzip.BestSpeed, func(w io.Writer) error {
		return tarTo(w, func(w *tar.Writer) {
			l.check(w.WriteHeader(&tar.Header{Name: "app", Typeflag: tar.TypeReg, Size: size}))
			_, err := io.CopyN(w, zeroes{}, size)
			l.check(err)
		})
	})
}

// large is the descriptor of a configuration of so many bytes.
func (l layout) large(size int) string {
	l.tb.Helper()
	return l.stream(func(w io.Writer) error {
		if _, err := io.WriteString(w, `{"os":"`); err != nil {
			return err
		}
		for range size >> 10 {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<10)); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, `"}`)
		return err
	}).descriptor(ocispec.MediaTypeImageConfig)
}

// config is the descriptor of a configuration for layers.
func (l layout) config(layers ...blob) string {
	l.tb.Helper()
	ids := make([]string, len(layers))
	for i, layer := range layers {
		ids[i] = fmt.Sprintf("%q", layer.diffID)
	}
	return l.blob([]byte(`{"os":"linux","architecture":"amd64","config":{"Entrypoint":["/app"],"User":"1:1"},"rootfs":{"type":"layers","diff_ids":[` +
		strings.Join(ids, ",") + `]}}`)).descriptor(ocispec.MediaTypeImageConfig)
}

func manifest(config string, layers ...blob) string {
	all := make([]string, len(layers))
	for i, layer := range layers {
		all[i] = layer.descriptor(ocispec.MediaTypeImageLayer)
	}
	return `{"schemaVersion":2,"config":` + config + `,"layers":[` + strings.Join(all, ",") + `]}`
}

// proper is the manifest of an image that is as it should be.
func (l layout) proper(layers ...blob) string {
	l.tb.Helper()
	return manifest(l.config(layers...), layers...)
}

// image gives the reference of a document of the layout.
func (l layout) image(document string) string {
	l.tb.Helper()
	return fmt.Sprintf("oci:%s@%s", l.dir, l.blob([]byte(document)).digest)
}

// list is an index that has an entry many times.
func list(entry blob, n int) string {
	one := fmt.Sprintf(`{"digest":%q,"size":%d}`, entry.digest, entry.size)
	return `{"schemaVersion":2,"manifests":[` + one + strings.Repeat(","+one, n-1) + `]}`
}

// list is a reference to an index that is too large to be held here.
func (l layout) list(entry blob, n int) string {
	l.tb.Helper()
	one := fmt.Sprintf(`{"digest":%q,"size":%d}`, entry.digest, entry.size)
	b := l.stream(func(w io.Writer) error {
		_, err := io.WriteString(w, `{"schemaVersion":2,"manifests":[`+one)
		for range n - 1 {
			if _, err := io.WriteString(w, ","+one); err != nil {
				return err
			}
		}
		_, last := io.WriteString(w, "]}")
		return errors.Join(err, last)
	})
	return fmt.Sprintf("oci:%s@%s", l.dir, b.digest)
}

// nested puts a document into an index, that into another, and so on.
func (l layout) nested(document string, depth int) string {
	l.tb.Helper()
	for range depth {
		document = list(l.blob([]byte(document)), 1)
	}
	return document
}

// wide does the same with many entries at every level.
func (l layout) wide(document string, depth, width int) string {
	l.tb.Helper()
	for range depth {
		document = list(l.blob([]byte(document)), width)
	}
	return document
}

// many is an index of images that are not the same.
func (l layout) many(layer blob, n int) string {
	l.tb.Helper()
	config := l.config(layer)
	all := make([]string, n)
	for i := range all {
		b := l.blob(fmt.Appendf(nil, `{"config":%s,"layers":[%s],"annotations":{"n":"%d"}}`, config, layer.descriptor(ocispec.MediaTypeImageLayer), i))
		all[i] = b.descriptor(ocispec.MediaTypeImageManifest)
	}
	return `{"schemaVersion":2,"manifests":[` + strings.Join(all, ",") + `]}`
}

// changed is a blob whose bytes are others than its digest says.
func (l layout) changed(b blob) blob {
	l.tb.Helper()
	content, err := os.ReadFile(filepath.Join(l.dir, "blobs/sha256", b.digest.Encoded()))
	l.check(err)
	b.digest = digest.FromString("something else")
	content[512] ^= 1 // of the file, so that the archive is one
	l.check(os.WriteFile(filepath.Join(l.dir, "blobs/sha256", b.digest.Encoded()), content, 0o600))
	return b
}

// truncated are archives of an image that end at many places.
func (l layout) truncated(content []byte) []Input {
	l.tb.Helper()
	layer := blob{digest: digest.FromBytes(content), diffID: digest.FromBytes(content), size: int64(len(content))}
	config := []byte(`{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["` + layer.diffID.String() + `"]}}`)
	document := []byte(manifest(blob{digest: digest.FromBytes(config), size: int64(len(config))}.descriptor(ocispec.MediaTypeImageConfig), layer))
	whole := tarred(func(w *tar.Writer) {
		for _, b := range [][]byte{content, config, document} {
			file(w, "blobs/sha256/"+digest.FromBytes(b).Encoded(), b)
		}
		file(w, "index.json", fmt.Appendf(nil, `{"manifests":[{"digest":%q,"size":%d}]}`, digest.FromBytes(document), len(document)))
	})
	var all []Input
	for at := 1; at < len(whole)-1536; at += len(whole) / 11 {
		name := filepath.Join(l.tb.TempDir(), "image.tar")
		l.check(os.WriteFile(name, whole[:at], 0o600))
		all = append(all, Input{fmt.Sprintf("archive cut off at %d", at), "oci-archive:" + name, "not an image", false})
	}
	return all
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }
