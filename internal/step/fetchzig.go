package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/stepnet"
)

// maxZigArchive bounds an archive of zig, in bytes; those of its releases have less than 100 MiB.
const maxZigArchive = 512 << 20

// fetchZig downloads an archive and verifies it. A repository names the address, so no password is sent to it, nor to where it leads, and
// it is no way to the machine that builds.
func fetchZig(ctx context.Context, req request.Zig) error {
	conf, err := tlsConfig()
	if err != nil {
		return err
	}
	client := &modfetch.Client{HTTP: &http.Client{Transport: stepnet.Elsewhere(conf)}}
	return fetchArchive(ctx, client, req, filepath.Join(request.Out, request.ZigFile))
}

// fetchArchive leaves a file only if it has the digest.
func fetchArchive(ctx context.Context, client *modfetch.Client, req request.Zig, to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	body := &hashedFile{modfetch.File{File: f}, sha256.New()}
	err = client.Get(ctx, req.URL, maxZigArchive, body)
	if got := "sha256:" + hex.EncodeToString(body.hash.Sum(nil)); err == nil && got != req.Digest {
		err = fmt.Errorf("the archive has the digest %s, and cgo.zig.digest says %s", got, req.Digest)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return setTime(to, zeroTime)
}

// hashedFile is a file that is hashed as it is written.
type hashedFile struct {
	modfetch.File
	hash hash.Hash
}

// Write writes p, and hashes what has been written of it.
func (f *hashedFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.hash.Write(p[:n])
	return n, err
}

// Reset begins again.
func (f *hashedFile) Reset() error {
	f.hash.Reset()
	return f.File.Reset()
}
