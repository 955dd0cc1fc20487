package sbom

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/binary"
)

func checkProgram(p binary.File) error {
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

// fileName is the path of the program in the form of SPDX 2.3, 8.1.
func fileName(p binary.File) string { return "./" + strings.TrimLeft(p.Path, "/") }

// verificationCode is that of a package with this one file (SPDX 2.3, 7.9): the SHA-1 of the files' sorted SHA-1 hashes.
func verificationCode(p binary.File) string {
	sum := sha1.Sum([]byte(p.SHA1))
	return hex.EncodeToString(sum[:])
}
