// Package stepprogram holds the program that runs inside the steps of a build, cmd/modship-step, for the platforms that BuildKit
// daemons run on.
//
// `make` builds it and package pack puts it into the folder data, which this package embeds. It has no version and no commit in it,
// and is built of nothing but what the steps do: two releases of Modship, its clients for any system, and the frontend image
// carry the same bytes, so that BuildKit finds the steps of one in the cache of another.
//
// A program that was built without `make` (`go install`) carries none. On Linux it stands in for them itself; where it cannot, one is
// compiled of the same source, see [Install].
package stepprogram

import (
	"embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
)

// Name is the file name of the program for an architecture of Linux: in the frontend image, and with the suffix of zstd in this
// package's data.
func Name(arch string) string { return "modship-step-linux-" + arch }

// Suffix is that of a compressed program.
const Suffix = ".zst"

//go:embed data
var embedded embed.FS

// Program is the program for one architecture.
type Program struct {
	// Arch is a GOARCH.
	Arch string
	// Size is that of the program, in bytes.
	Size int64
	// data has it compressed, sum is the hash of that. It is read each time: in memory it would be for as long as the build.
	data fs.FS
	sum  digest.Digest
}

// Find returns the program for a GOARCH; the error wraps [fs.ErrNotExist] where there is none.
func Find(arch string) (*Program, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return nil, fmt.Errorf("finding the step program for linux/%s: %w", arch, err)
	}
	return Read(data, arch)
}

// Read is [Find] in another folder of data.
func Read(data fs.FS, arch string) (*Program, error) {
	p := &Program{Arch: arch, data: data}
	var err error
	if p.sum, err = sumOf(data, arch); err != nil {
		return nil, err
	}
	if p.Size, err = p.size(); err != nil {
		return nil, fmt.Errorf("reading the step program for linux/%s: %w", arch, err)
	}
	return p, nil
}

// size reads the size of the program from the start of the compressed one.
func (p *Program) size() (int64, error) {
	f, err := p.data.Open(Name(p.Arch) + Suffix)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	start, err := io.ReadAll(io.LimitReader(f, zstd.HeaderMaxSize))
	if err != nil {
		return 0, err
	}
	var header zstd.Header
	if err := header.Decode(start); err != nil {
		return 0, err
	}
	if !header.HasFCS {
		return 0, errNoSize
	}
	return int64(header.FrameContentSize), nil
}

// sumOf is the hash of a compressed program.
func sumOf(data fs.FS, arch string) (digest.Digest, error) {
	f, err := data.Open(Name(arch) + Suffix)
	if err != nil {
		return "", fmt.Errorf("finding the step program for linux/%s: %w", arch, err)
	}
	defer f.Close()
	sum, err := digest.FromReader(f)
	if err != nil {
		return "", fmt.Errorf("reading the step program for linux/%s: %w", arch, err)
	}
	return sum, nil
}

var errNoSize = errors.New("its size is not known")

// Arches lists the architectures that there are programs for.
func Arches() []string {
	entries, _ := embedded.ReadDir("data") // it is embedded
	var arches []string
	for _, e := range entries {
		if arch, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), Suffix), Name("")); ok {
			arches = append(arches, arch)
		}
	}
	return arches
}

// Digest is that of all programs together, whatever machine a build runs on, or "" if there are none: images that one modship makes on
// daemons of several architectures are the same.
func Digest() (digest.Digest, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return "", fmt.Errorf("reading the step programs: %w", err)
	}
	return digestOf(data, Arches())
}

func digestOf(data fs.FS, arches []string) (digest.Digest, error) {
	if len(arches) == 0 {
		return "", nil
	}
	all := digest.Canonical.Digester()
	for _, arch := range arches {
		sum, err := sumOf(data, arch)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(all.Hash(), "%s %s\n", sum, Name(arch)) // a hash takes everything
	}
	return all.Digest(), nil
}

// Open reads the program.
func (p *Program) Open() (io.ReadCloser, error) {
	f, err := p.data.Open(Name(p.Arch) + Suffix)
	if err != nil {
		return nil, fmt.Errorf("reading the step program for linux/%s: %w", p.Arch, err)
	}
	r, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)) // it is read while files are sent
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("reading the step program for linux/%s: %w", p.Arch, err)
	}
	return &opened{r.IOReadCloser(), f}, nil
}

// opened closes what is decompressed as well.
type opened struct {
	io.ReadCloser
	file fs.File
}

func (o *opened) Close() error { return errors.Join(o.ReadCloser.Close(), o.file.Close()) }

// ModTime is a time that differs whenever the content does, and says nothing else. BuildKit compares the files of a client by size and
// time with those it has.
func (p *Program) ModTime() time.Time {
	sum, err := hex.DecodeString(p.sum.Encoded())
	if err != nil || len(sum) < 4 {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint32(sum)), 0)
}
