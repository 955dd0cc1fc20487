package ociread

import (
	"errors"
	"hash"
	"io"

	// The algorithms that a digest may name.
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// verified reads a blob to its end and no further, and says there whether it is what its descriptor says.
type verified struct {
	io.Closer
	r    io.Reader
	want ocispec.Descriptor
	hash hash.Hash
	read int64
	err  error
}

// verify starts to read a blob whose descriptor was checked by checkDescriptors.
func verify(r io.ReadCloser, want ocispec.Descriptor) *verified {
	return &verified{Closer: r, r: r, want: want, hash: want.Digest.Algorithm().Hash()}
}

func (v *verified) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	n, err := v.r.Read(p)
	v.read += int64(n)
	if v.read > v.want.Size {
		v.err = broken("longer than the %d bytes that its descriptor says", v.want.Size)
		return 0, v.err
	}
	v.hash.Write(p[:n])
	switch {
	case errors.Is(err, io.EOF) && v.read < v.want.Size:
		err = broken("%d bytes long instead of %d", v.read, v.want.Size)
	case errors.Is(err, io.EOF):
		if got := digest.NewDigest(v.want.Digest.Algorithm(), v.hash); got != v.want.Digest {
			err = broken("its content has the digest %s instead of %s", got, v.want.Digest)
		}
	}
	v.err = err
	return n, err
}

// readAll reads a blob whole, up to limit bytes. How large it says to be costs nothing until the bytes are there.
func readAll(r io.ReadCloser, want ocispec.Descriptor, limit int64) ([]byte, error) {
	defer r.Close()
	if want.Size > limit {
		return nil, tooLarge("%d bytes, and %d are the limit", want.Size, limit)
	}
	return io.ReadAll(verify(r, want))
}
