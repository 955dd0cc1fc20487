package ociread

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compression is how a layer is compressed, "" if it is not.
type Compression string

// The compressions that layers can have.
const (
	Gzip Compression = "gzip"
	Zstd Compression = "zstd"
)

// maxWindow limits the memory of a zstd decoder: 64 MiB are what level 21 of zstd asks for.
const maxWindow = 64 << 20

// sniff tells the compression by the first bytes of r and goes back to its start. Media types are not asked: there are images whose
// media types are wrong, and runtimes go by the bytes too.
func sniff(r io.ReadSeeker) (Compression, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	_, err = r.Seek(0, io.SeekStart)
	return compressionOf(head[:n]), err
}

func compressionOf(head []byte) Compression {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return Gzip
	case len(head) == 4 && (bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) || head[0]&0xf0 == 0x50 && bytes.Equal(head[1:], []byte{0x2a, 0x4d, 0x18})):
		return Zstd // the second is a frame to be skipped, with which zstd:chunked may begin
	}
	return ""
}

// decompress gives the content of a stream that may be compressed. The closer gives back memory and does not close r.
func decompress(r io.Reader) (io.Reader, Compression, func(), error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", nil, err
	}
	switch c := compressionOf(head); c {
	case Gzip:
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, c, nil, err
		}
		return z, c, func() {}, nil
	case Zstd:
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, c, nil, err
		}
		return z, c, z.Close, nil
	}
	return buffered, "", func() {}, nil
}

// badStream is an error of decompressing, of which below is the first error of what was read for it.
func badStream(c Compression, err, below error) error {
	switch {
	case below != nil && !errors.Is(below, io.EOF):
		return below
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return tooLarge("compressed with a window of more than %d MiB", maxWindow>>20)
	case c == "":
		return err
	}
	return broken("reading %s: %w", c, err)
}
