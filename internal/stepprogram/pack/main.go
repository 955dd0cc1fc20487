// Command pack builds cmd/modship-step for each platform that a daemon may run on. It writes the programs to bin, for the frontend
// image, and compressed to the data of package stepprogram. It is run in the root of the module, by make.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/stepprogram"
)

// arches are those of the daemons that are known to be in use.
var arches = []string{"amd64", "arm64"}

func main() {
	for _, arch := range arches {
		if err := pack(".", arch); err != nil {
			fmt.Fprintf(os.Stderr, "error: packing the step program for linux/%s: %v\n", arch, err)
			os.Exit(1)
		}
	}
}

func pack(root, arch string) error {
	data, err := stepprogram.Build(context.Background(), "go", root, arch)
	if err != nil {
		return err
	}
	program := filepath.Join(root, "bin", stepprogram.Name(arch))
	packed := filepath.Join(root, "internal/stepprogram/data", stepprogram.Name(arch)+stepprogram.Suffix)
	if have, err := os.ReadFile(program); err == nil && bytes.Equal(have, data) && newer(program, packed) {
		return nil // what embeds it would be compiled again
	}
	compressed, err := compress(data)
	if err != nil {
		return err
	}
	if err := put(packed, compressed, 0o644); err != nil {
		return err
	}
	return put(program, data, 0o755)
}

// newer tells whether name was written after old was. Neither may be missing.
func newer(name, old string) bool {
	a, errA := os.Stat(name)
	b, errB := os.Stat(old)
	return errA == nil && errB == nil && !a.ModTime().Before(b.ModTime())
}

// compress uses one goroutine: what several make depends on how they meet.
func compress(data []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil), nil
}

func put(name string, data []byte, mode fs.FileMode) error {
	err := localfile.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err })
	if err == nil {
		err = os.Chmod(name, mode)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
