package binary

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// File is what an SBOM says of a program as a file of an image.
type File struct {
	// Path is its path in the image, with slashes.
	Path string
	// SHA1 and SHA256 are hashes of its content in lower-case hexadecimal. SPDX 2.3 requires SHA-1 of each file (8.4), and
	// only as an identifier.
	SHA1, SHA256 string
	// Size is its size in bytes.
	Size int64
}

// HashFile hashes the file that r has. The error is r's.
func HashFile(path string, r io.Reader) (File, error) {
	one, two := sha1.New(), sha256.New()
	size, err := io.Copy(io.MultiWriter(one, two), r)
	if err != nil {
		return File{}, fmt.Errorf("hashing %s: %w", path, err)
	}
	return File{Path: path, SHA1: hex.EncodeToString(one.Sum(nil)), SHA256: hex.EncodeToString(two.Sum(nil)), Size: size}, nil
}
