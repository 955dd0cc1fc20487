package modfetch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/flate"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

const (
	// maxFiles bounds the files of a zip. The largest modules known have some 30,000, a Go toolchain has 15,000.
	maxFiles = 200_000
	// maxDirectory bounds what has to be read to know them, in bytes: names of 70 bytes and more for each.
	maxDirectory = 32 << 20
)

// Zip is an open zip. It inflates with github.com/klauspost/compress, in two thirds of the time of the standard library: hundreds of
// megabytes are read whole to verify them, with a user waiting.
type Zip struct {
	*zip.Reader
	file *os.File
}

// Close closes the file.
func (z *Zip) Close() error { return z.file.Close() }

// OpenModule opens a zip that has no more files, and no more in them, than a module may have, and holds the names in it to the
// rules of golang.org/x/mod/zip too, as cmd/go does: no file outside of the module's folder, none twice.
func OpenModule(m module.Version, name string) (*Zip, error) {
	z, err := openZip(name)
	if err != nil {
		return nil, err
	}
	checked, err := modzip.CheckZip(m, name)
	if err == nil {
		err = checked.Err()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the zip of %s: %w", m, err), z.Close())
	}
	return z, nil
}

// openZip opens a zip that has no more files, and no more in them, than a module may have. The caller closes it.
func openZip(name string) (_ *Zip, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	d := &directory{ReaderAt: file, left: maxDirectory}
	r, err := zip.NewReader(d, info.Size())
	if err != nil {
		return nil, fmt.Errorf("opening the zip: %w", err)
	}
	d.known = true
	if len(r.File) > maxFiles {
		return nil, fmt.Errorf("the zip has %d files, more than the %d allowed", len(r.File), maxFiles)
	}
	left := uint64(modzip.MaxZipFile)
	for _, f := range r.File { // what a file has beyond its size is an error when it is read
		if f.UncompressedSize64 > left {
			return nil, fmt.Errorf("the files of the zip have more than the %d bytes allowed", modzip.MaxZipFile)
		}
		left -= f.UncompressedSize64
	}
	r.RegisterDecompressor(zip.Deflate, flate.NewReader)
	return &Zip{Reader: r, file: file}, nil
}

// directory bounds what is read of a zip until its files are known.
type directory struct {
	io.ReaderAt
	left  int
	known bool
}

// ReadAt counts only while one goroutine reads.
func (d *directory) ReadAt(p []byte, off int64) (int, error) {
	if !d.known {
		if d.left -= len(p); d.left < 0 {
			return 0, fmt.Errorf("its list of files has more than the %d bytes allowed", maxDirectory)
		}
	}
	return d.ReaderAt.ReadAt(p, off)
}

// hashZip gives the hash of a zip's files as go.sum has it, "h1:" and base64 (https://go.dev/ref/mod#go-sum-files).
func hashZip(name string) (sum string, err error) {
	z, err := openZip(name)
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
