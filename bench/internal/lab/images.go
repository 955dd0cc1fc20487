//go:build linux

package lab

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship-build/modship/bench/internal/scenario"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// caBundle is where images have the certificates of authorities.
const caBundle = "etc/ssl/certs/ca-certificates.crt"

func (l *Lab) pushFrontend(context.Context) error {
	l.Frontend = l.Registry + "/modship:bench"
	return l.pushModship(l.Frontend, l.Modship)
}

// pushModship makes the frontend image of a program. What the image says of itself is read from ./Dockerfile. The program of the steps
// is that of the program to measure.
func (l *Lab) pushModship(image, program string) error {
	data, err := os.ReadFile("Dockerfile")
	if err != nil {
		return fmt.Errorf("reading the settings of the frontend image (the benchmark runs in the repository's root): %w", err)
	}
	file, err := config.Parse("Dockerfile", data)
	if err != nil {
		return err
	}
	c, err := file.Target("", nil)
	if err != nil {
		return err
	}
	labels, err := c.Image.LiteralLabels()
	if err != nil {
		return err
	}
	settings := v1.Config{Entrypoint: c.Image.Entrypoint, Labels: labels}
	return l.push(image, "linux/amd64", settings, func(w *tar.Writer) error {
		if err := addFile(w, program, "usr/local/bin/modship", 0o755); err != nil {
			return err
		}
		step := stepprogram.Name("amd64") // make puts it beside modship
		return addFile(w, filepath.Join(filepath.Dir(l.Modship), step), "usr/local/bin/"+step, 0o755)
	})
}

// pushBase makes a base image as small as the ones that ko's users take: certificates and nothing else.
func (l *Lab) pushBase(context.Context) error {
	l.Base = l.Registry + "/static:bench"
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, platform := range scenario.Platforms() {
		p, err := v1.ParsePlatform(platform)
		if err != nil {
			return err
		}
		image := l.Registry + "/static:" + p.Architecture
		if err := l.push(image, platform, v1.Config{User: "65532"}, addCertificates); err != nil {
			return err
		}
		ref, err := name.ParseReference(image)
		if err != nil {
			return err
		}
		img, err := remote.Image(ref)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: p}})
	}
	ref, err := name.ParseReference(l.Base)
	if err != nil {
		return err
	}
	return remote.WriteIndex(ref, index)
}

// PushDebian makes an image under the name of Docker's official one, library/debian:bookworm-slim, which compilers are installed into.
func (l *Lab) PushDebian(ctx context.Context) error {
	archive, err := testbed.Debian(ctx, l.options.CacheDir)
	if err != nil {
		return err
	}
	settings := v1.Config{Env: []string{"PATH=" + defaults.Path}}
	return l.push(l.Registry+"/library/"+defaults.CgoBase, "linux/amd64", settings, func(w *tar.Writer) error {
		f, err := os.Open(archive)
		if err != nil {
			return err
		}
		defer f.Close()
		return copyEntries(w, tar.NewReader(f))
	})
}

func copyEntries(w *tar.Writer, r *tar.Reader) error {
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
	}
}

// PushGolang makes an image with a Go toolchain under the name of Docker's official one, library/golang:VERSION. It lacks the
// Debian below the official one: no shell, no C compiler, no git.
func (l *Lab) PushGolang(version, goroot string) error {
	l.Progressf("pushing the stand-in of the golang image with %s …", version)
	settings := v1.Config{
		Env:        []string{"PATH=/go/bin:/usr/local/go/bin:/usr/bin:/bin", "GOTOOLCHAIN=local", "GOPATH=/go", "GOLANG_VERSION=" + version[len("go"):]},
		WorkingDir: "/go",
	}
	return l.push(l.Registry+"/library/golang:"+version[len("go"):], "linux/amd64", settings, func(w *tar.Writer) error {
		for _, dir := range []string{"tmp/", "root/", "go/"} {
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o777}); err != nil {
				return err
			}
		}
		// Without it HOME is / in a build step, and the compile cache in another place than the cache mount.
		passwd := "root:x:0:0:root:/root:/bin/sh\n"
		if err := errors.Join(addText(w, "etc/passwd", passwd), addCertificates(w)); err != nil {
			return err
		}
		return filepath.WalkDir(goroot, func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			return addFile(w, file, "usr/local/go"+file[len(goroot):], int64(info.Mode().Perm()))
		})
	})
}

// push makes an image of one layer. The layer is compressed while it is sent, so that no image is held in memory: what this
// process takes counts in the memory of the children that it starts.
func (l *Lab) push(image, platform string, settings v1.Config, fill func(*tar.Writer) error) error {
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		return err
	}
	img, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &v1.ConfigFile{
		OS: p.OS, Architecture: p.Architecture, Config: settings, RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return err
	}
	r, w := io.Pipe()
	go func() {
		tw := tar.NewWriter(w)
		w.CloseWithError(errors.Join(fill(tw), tw.Close()))
	}()
	defer r.Close()
	layer := stream.NewLayer(r, stream.WithCompressionLevel(gzip.DefaultCompression))
	if img, err = mutate.AppendLayers(img, layer); err != nil {
		return err
	}
	ref, err := name.ParseReference(image)
	if err != nil {
		return err
	}
	if err := remote.Write(ref, img); err != nil {
		return fmt.Errorf("pushing %s: %w", image, err)
	}
	return nil
}

func addFile(w *tar.Writer, file, inImage string, mode int64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: inImage, Mode: mode, Size: st.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// addCertificates adds those of this machine, or an empty file: nothing that is measured uses them.
func addCertificates(w *tar.Writer) error {
	data, err := os.ReadFile("/" + caBundle)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return addText(w, caBundle, string(data))
}

func addText(w *tar.Writer, name, text string) error {
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := io.WriteString(w, text)
	return err
}
