//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/stepprogram"
)

// pushFrontend makes the frontend image of the built program, in seconds instead of the minutes that it takes to build the
// repository with itself, as TestFirstMinute does. What the image says of itself is read from ./Dockerfile.
func (l *laboratory) pushFrontend(context.Context) error {
	image, err := frontendConfig()
	if err != nil {
		return err
	}
	labels, err := image.LiteralLabels()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(l.modship)
	if err != nil {
		return err
	}
	step, err := os.ReadFile(filepath.Join("../bin", stepprogram.Name(runtime.GOARCH)))
	if err != nil {
		return err
	}
	img, err := newImage(v1.Config{Entrypoint: image.Entrypoint, Labels: labels},
		imageFile{name: "usr/local/bin/modship", mode: 0o755, data: program},
		imageFile{name: "usr/local/bin/" + stepprogram.Name(runtime.GOARCH), mode: 0o755, data: step})
	if err != nil {
		return err
	}
	l.frontend, err = l.push("modship:test", img)
	return err
}

func frontendConfig() (config.Image, error) {
	data, err := os.ReadFile("../Dockerfile")
	if err != nil {
		return config.Image{}, err
	}
	file, err := config.Parse("Dockerfile", data)
	if err != nil {
		return config.Image{}, err
	}
	c, err := file.Target("", nil)
	if err != nil {
		return config.Image{}, err
	}
	return c.Image, nil
}

// imageFile is a file of a test image.
type imageFile struct {
	name string
	mode int64
	data []byte
}

// newImage makes an image for linux/amd64 of one layer.
func newImage(c v1.Config, files ...imageFile) (v1.Image, error) {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.data))}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("writing %s: %w", f.name, err)
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, fmt.Errorf("writing %s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return imageOf(c, layer.Bytes())
}

// imageOf makes an image for linux/amd64 of a layer that is a tar archive.
func imageOf(c v1.Config, layer []byte) (v1.Image, error) {
	added, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil })
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, added)
	if err != nil {
		return nil, err
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", "amd64", c
	return mutate.ConfigFile(img, file)
}
