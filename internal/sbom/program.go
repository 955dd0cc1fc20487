package sbom

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Program is the file of the program in the image.
type Program struct {
	// Path is its path in the image, with slashes.
	Path string
	// SHA1 and SHA256 are hashes of its content in lower-case hexadecimal. SPDX 2.3 requires SHA-1 of each file (8.4), and
	// only as an identifier.
	SHA1, SHA256 string
	// Size is its size in bytes.
	Size int64
}

// ReadProgram hashes the file that r has. The error is r's.
func ReadProgram(path string, r io.Reader) (Program, error) {
	one, two := sha1.New(), sha256.New()
	size, err := io.Copy(io.MultiWriter(one, two), r)
	if err != nil {
		return Program{}, fmt.Errorf("hashing %s: %w", path, err)
	}
	return Program{Path: path, SHA1: hex.EncodeToString(one.Sum(nil)), SHA256: hex.EncodeToString(two.Sum(nil)), Size: size}, nil
}

func (p Program) check() error {
	var errs []error
	if strings.Trim(p.Path, "/") == "" {
		errs = append(errs, errors.New("program has no path"))
	}
	if !isHash(p.SHA1, sha1.Size) {
		errs = append(errs, fmt.Errorf("%q is no SHA-1 hash", p.SHA1))
	}
	if !isHash(p.SHA256, sha256.Size) {
		errs = append(errs, fmt.Errorf("%q is no SHA-256 hash", p.SHA256))
	}
	return errors.Join(errs...)
}

func isHash(s string, size int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == size && strings.ToLower(s) == s
}

// fileName is the path in the form of SPDX 2.3, 8.1.
func (p Program) fileName() string { return "./" + strings.TrimLeft(p.Path, "/") }

// verificationCode is that of a package with this one file (SPDX 2.3, 7.9): the SHA-1 of the files' sorted SHA-1 hashes.
func (p Program) verificationCode() string {
	sum := sha1.Sum([]byte(p.SHA1))
	return hex.EncodeToString(sum[:])
}
