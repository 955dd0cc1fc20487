package step

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpackCompiler writes the folder of an archive that has a program, which may be anywhere in it, to dir.
func unpackCompiler(archive, dir, program string) error {
	prefix := ""
	err := eachEntry(archive, func(h *tar.Header, _ io.Reader) error {
		if h.Typeflag == tar.TypeReg && path.Base(h.Name) == program && h.Mode&0o100 != 0 {
			prefix = path.Dir(path.Clean(h.Name)) + "/"
			return io.EOF
		}
		return nil
	})
	if err != nil {
		return err
	}
	if prefix == "" {
		return fmt.Errorf("the archive has no program named %s", program)
	}
	return eachEntry(archive, func(h *tar.Header, content io.Reader) error {
		name, ok := strings.CutPrefix(path.Clean(h.Name), strings.TrimPrefix(prefix, "./"))
		if h.Typeflag != tar.TypeReg || !ok || strings.HasPrefix(name, "doc/") {
			return nil
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("the archive has a file %q", h.Name)
		}
		to := filepath.Join(dir, name)
		if err := writeFile(to, content); err != nil {
			return err
		}
		return errors.Join(os.Chmod(to, 0o644|os.FileMode(h.Mode)&0o111), setTime(to, zeroTime))
	})
}

const (
	maxZigTar   = 4 << 30 // of an archive of zig without its compression, and of its files, in bytes; a release has some 300 MiB
	maxZigFiles = 200_000 // and some 20,000 files
)

// eachEntry reads a .tar.gz until visit returns io.EOF.
func eachEntry(archive string, visit func(h *tar.Header, content io.Reader) error) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("reading the archive: %w", err)
	}
	return eachOf(&io.LimitedReader{R: z, N: maxZigTar}, visit)
}

func eachOf(unpacked *io.LimitedReader, visit func(h *tar.Header, content io.Reader) error) error {
	r := tar.NewReader(unpacked)
	left := int64(maxZigTar) // of what the headers say: a sparse file has more bytes than the archive has of it
	for range maxZigFiles {
		h, err := r.Next()
		if err == nil {
			if left -= min(h.Size, left+1); left >= 0 {
				err = visit(h, r)
			}
		}
		switch {
		case left < 0, err != nil && unpacked.N <= 0:
			return errors.New("the archive unpacks to more than an archive of zig has")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	return fmt.Errorf("the archive has more than %d files", maxZigFiles)
}
