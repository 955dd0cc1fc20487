package step

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"github.com/modship-build/modship/internal/localfile"
)

// An entry is kept compressed, in about a third of its bytes: the layer that it was copied from mostly lies on the same disk. Its name is
// that of what it says.

// Of entries, in bytes: more than an action has, and the largest output that is kept.
const (
	maxAction = 4 << 10
	maxOutput = 256 << 20
)

func newPacker() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(runtime.NumCPU()))
}

func newUnpacker() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(runtime.NumCPU()), zstd.WithDecoderMaxMemory(maxOutput))
}

// writeKept writes an entry of a compile cache in the form in which it is kept, and tells whether it did: one that is too large for whoever
// reads it is compiled again.
func writeKept(from, to string, pack *zstd.Encoder) (bool, error) {
	info, err := os.Stat(from)
	if err != nil || info.Size() > maxOutput {
		return false, err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return false, err
	}
	return true, localfile.Write(to, func(w io.Writer) error {
		if _, kind := entryName(from); kind != "a" { // an action is some 170 bytes
			content = pack.EncodeAll(content, nil)
		}
		_, err := w.Write(content)
		return err
	})
}

// readKept gives a kept entry as a compile cache has it, and tells whether it is what its name says.
func readKept(path string, unpack *zstd.Decoder) (content []byte, whole bool, err error) {
	id, kind := entryName(path)
	limit := int64(maxOutput)
	if kind == "a" {
		limit = maxAction
	}
	content, err = readStart(path, limit)
	if err != nil {
		return nil, false, fmt.Errorf("reading a kept entry: %w", err)
	}
	if kind == "a" {
		m := actionEntry.FindSubmatch(content)
		return content, m != nil && string(m[2]) == id, nil
	}
	content, err = unpack.DecodeAll(content, nil)
	sum := sha256.Sum256(content)
	return content, err == nil && hex.EncodeToString(sum[:]) == id, nil
}
