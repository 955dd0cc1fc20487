package sbom

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"

	"github.com/modship-build/modship/internal/binary"
)

// programs gives the input for each program by itself. What several are linked with is one package, with the files of all of them.
func (in *Input) programs() []*Input {
	if len(in.Beside) == 0 {
		return []*Input{in}
	}
	files := map[common.ElementID][]string{}
	all := append([]Program{{in.Facts, in.Program, in.CPackages}}, in.Beside...)
	for _, p := range all {
		for _, c := range p.CPackages {
			files[c.id()] = append(files[c.id()], c.Files...)
		}
	}
	inputs := make([]*Input, len(all))
	for i, p := range all {
		one := *in
		one.Facts, one.Program, one.CPackages, one.Beside = p.Facts, p.File, slices.Clone(p.CPackages), nil
		for k, c := range one.CPackages {
			one.CPackages[k].Files = slices.Compact(slices.Sorted(slices.Values(files[c.id()])))
		}
		inputs[i] = &one
	}
	return inputs
}

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
