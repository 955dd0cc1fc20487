package reffs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	continuity "github.com/containerd/continuity/fs"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/modship-build/modship/internal/reffs"
)

// dir is a reference over a folder. It answers as BuildKit's daemon does (buildkit v0.33.1 cache/util/fsutil.go, whose other
// imports this module does not have): a link is followed below the root, Length 0 reads nothing, a range past the end gives
// no error, and a message holds 16 MiB. As over gRPC, an error arrives as its text alone.
type dir struct {
	root  string
	reads atomic.Int64 // calls of ReadFile
}

var _ reffs.Reference = (*dir)(nil)

const maxMessage = 16 << 20

func (d *dir) ReadFile(_ context.Context, req gateway.ReadRequest) ([]byte, error) {
	d.reads.Add(1)
	b, err := d.read(req)
	return b, textOnly(err)
}

func (d *dir) read(req gateway.ReadRequest) ([]byte, error) {
	path, err := continuity.RootPath(d.root, req.Filename)
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", req.Filename)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if req.Range == nil {
		return limited(content)
	}
	from := min(req.Range.Offset, len(content))
	return limited(content[from:min(from+req.Range.Length, len(content))])
}

func limited(b []byte) ([]byte, error) {
	if len(b) > maxMessage {
		return nil, errors.New("message is too large")
	}
	return b, nil
}

func (d *dir) StatFile(_ context.Context, req gateway.StatRequest) (*fstypes.Stat, error) {
	path, err := continuity.RootPath(d.root, req.Path)
	if err != nil {
		return nil, textOnly(err)
	}
	st, err := fsutil.Stat(path)
	return st, textOnly(err)
}

func (d *dir) ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
	path, err := continuity.RootPath(d.root, req.Path)
	if err != nil {
		return nil, textOnly(err)
	}
	var list []*fstypes.Stat
	err = fsutil.Walk(ctx, path, nil, func(_ string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		list = append(list, info.Sys().(*fstypes.Stat))
		if info.IsDir() {
			return filepath.SkipDir
		}
		return nil
	})
	return list, textOnly(err)
}

func textOnly(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(err.Error())
}
