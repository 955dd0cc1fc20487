// Command pack builds cmd/modship-step for each platform that a daemon may run on. It writes the programs to bin, for the frontend
// image, and compressed to the data of package stepprogram. It is run in the root of the module, by make.
package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

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
	data, err := build(root, arch)
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

// plain are the settings of Go that would get into the program from the machine that builds it.
var plain = []string{
	"CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GODEBUG=", "GOEXPERIMENT=", "GOFIPS140=off", "GOFLAGS=", "GOOS=linux", "GOWORK=off",
}

// build returns the program, the same bytes wherever the module lies and whatever its commit is.
func build(root, arch string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "modship-step-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out, "./cmd/modship-step")
	cmd.Dir = root
	cmd.Env = slices.Concat(os.Environ(), plain, []string{"GOARCH=" + arch})
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("running go build: %w\n%s", err, strings.TrimSpace(string(said)))
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("reading what go build made: %w", err)
	}
	return data, nil
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
