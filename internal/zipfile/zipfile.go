// Package zipfile opens the zips of modules and toolchains. It inflates with github.com/klauspost/compress, in two thirds of the
// time of the standard library: hundreds of megabytes are read whole to verify them, with a user waiting.
package zipfile

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"golang.org/x/mod/sumdb/dirhash"
)

// Open opens a zip. The caller closes it.
func Open(name string) (*zip.ReadCloser, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	return z, nil
}

// Hash gives the hash of a zip's files as go.sum has it, "h1:" and base64 (https://go.dev/ref/mod#go-sum-files).
func Hash(name string) (sum string, err error) {
	z, err := Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	files := make(map[string]*zip.File, len(z.File))
	var names []string
	for _, f := range z.File {
		files[f.Name] = f
		names = append(names, f.Name)
	}
	if len(files) < len(names) {
		return "", fmt.Errorf("hashing %s: two files have one name", name)
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return files[name].Open() })
}
