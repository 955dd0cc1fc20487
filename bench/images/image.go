//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/internal/defaults"
)

// image says what was looked at.
type image struct {
	Name string `json:"name"`
	What string `json:"what"`
	// CompressedBytes is the size of the layers as they are in the registry, Bytes that of the files in them.
	CompressedBytes int64 `json:"compressedBytes"`
	Bytes           int64 `json:"bytes"`
	Files           int   `json:"files"`

	// changed is the file that differs in B and C.
	changed string
}

// smallImage is one that modship builds of examples/hello, and the same with another text.
func smallImage(ctx context.Context, l *lab.Lab, s *server) (image, error) {
	i := image{Name: "small", What: "`examples/hello`, built by modship, layers in zstd", changed: "usr/local/bin/hello"}
	daemon := l.NewDaemon(filepath.Join(l.Dir, "small"))
	if err := daemon.Reset(ctx); err != nil {
		return i, err
	}
	defer daemon.Stop()
	for at, text := range map[string]string{"A": "hello from", "B": "changed: hello from"} {
		dir := filepath.Join(l.Dir, "hello-"+at)
		if err := os.CopyFS(dir, os.DirFS("examples/hello")); err != nil {
			return i, err
		}
		source := filepath.Join(dir, "main.go")
		data, err := os.ReadFile(source)
		if err != nil {
			return i, err
		}
		if err := os.WriteFile(source, bytes.ReplaceAll(data, []byte("hello from"), []byte(text)), 0o644); err != nil {
			return i, err
		}
		cmd := exec.CommandContext(ctx, l.Modship, "build", "--addr", daemon.Addr(), "--platform", "linux/amd64", "-t", s.write(i.Name, at), "--push", dir)
		cmd.Env = daemon.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			return i, fmt.Errorf("building the small image: %w\n%s", err, out)
		}
	}
	return i, i.measure(s.write(i.Name, "A"))
}

// Times of files: all layers but those of C have the first.
var (
	then  = time.Unix(1_000_000_000, 0)
	later = then.Add(time.Second)
)

const (
	dataFiles   = 12_288
	dataSize    = 64 << 10
	changedFile = "srv/data/changed"
)

// largeImage is one of the Go distribution and of made files, of which the middle one differs in B and C.
func largeImage(ctx context.Context, l *lab.Lab, s *server) (image, error) {
	i := image{Name: "large", What: fmt.Sprintf("a layer with the distribution of %s, and one with %d files of %d KiB, half of each noise", runtime.Version(), dataFiles, dataSize>>10), changed: changedFile}
	goroot, err := l.Goroot(ctx, runtime.Version())
	if err != nil {
		return i, err
	}
	for _, v := range []struct {
		at, text string
		mtime    time.Time
	}{{"A", "first", then}, {"B", "second", then}, {"C", "second", later}} {
		l.Progressf("pushing the large image %s …", v.at)
		err := push(s.write(i.Name, v.at),
			func(w *tar.Writer) error { return writeFolder(w, goroot, "usr/local/go", v.mtime) },
			func(w *tar.Writer) error { return writeData(w, dataFiles, dataSize, v.text, v.mtime) })
		if err != nil {
			return i, err
		}
	}
	return i, i.measure(s.write(i.Name, "A"))
}

// push makes an image of layers that are compressed while they are sent.
func push(to string, layers ...func(*tar.Writer) error) error {
	img, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &v1.ConfigFile{
		OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{Entrypoint: []string{"/usr/local/go/bin/go"}, User: defaults.User},
	})
	if err != nil {
		return err
	}
	for _, fill := range layers {
		r, w := io.Pipe()
		defer r.Close()
		go func() {
			tw := tar.NewWriter(w)
			w.CloseWithError(errors.Join(fill(tw), tw.Close()))
		}()
		if img, err = mutate.Append(img, mutate.Addendum{Layer: stream.NewLayer(r, stream.WithCompressionLevel(gzip.BestSpeed)), MediaType: types.OCILayer}); err != nil {
			return err
		}
	}
	ref, err := name.ParseReference(to)
	if err != nil {
		return err
	}
	if err := remote.Write(ref, img, remote.WithJobs(1)); err != nil {
		return fmt.Errorf("pushing %s: %w", to, err)
	}
	return nil
}

func writeFolder(w *tar.Writer, dir, inImage string, mtime time.Time) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return writeFile(w, inImage+file[len(dir):], int64(info.Mode().Perm()), content, mtime)
	})
}

// writeData writes made files: half of each compresses well, half not at all. The middle one has a name of its own, and begins with a text.
func writeData(w *tar.Writer, files, size int, text string, mtime time.Time) error {
	content := make([]byte, size)
	for i := range files {
		r := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8)})
		_, _ = r.Read(content[:size/2]) // never an error
		line := fmt.Appendf(nil, "line of file %d\n", i)
		for at := size / 2; at < size; {
			at += copy(content[at:], line)
		}
		name := fmt.Sprintf("srv/data/%03d/%05d", i/100, i)
		if i == files/2 {
			name = changedFile
			copy(content, text)
		}
		if err := writeFile(w, name, 0o644, content, mtime); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(w *tar.Writer, name string, mode int64, content []byte, mtime time.Time) error {
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content)), ModTime: mtime}); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// measure counts what is in the first image.
func (i *image) measure(a string) error {
	ref, err := name.ParseReference(a)
	if err != nil {
		return err
	}
	img, err := remote.Image(ref, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"}))
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		size, err := layer.Size()
		if err == nil {
			err = i.count(layer)
		}
		if err != nil {
			return err
		}
		i.CompressedBytes += size
	}
	return nil
}

func (i *image) count(layer v1.Layer) error {
	content, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer content.Close()
	for r := tar.NewReader(content); ; {
		header, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeReg {
			i.Bytes += header.Size
			i.Files++
		}
	}
}
