package reffs_test

import (
	"context"
	"sync/atomic"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// dir is a reference over a folder that counts how often files are read.
type dir struct {
	root  string
	reads atomic.Int64 // calls of ReadFile
}

var _ reffs.Reference = (*dir)(nil)

func (d *dir) ReadFile(ctx context.Context, req gateway.ReadRequest) ([]byte, error) {
	d.reads.Add(1)
	return gatewaytest.Folder(d.root).ReadFile(ctx, req)
}

func (d *dir) StatFile(ctx context.Context, req gateway.StatRequest) (*fstypes.Stat, error) {
	return gatewaytest.Folder(d.root).StatFile(ctx, req)
}

func (d *dir) ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
	return gatewaytest.Folder(d.root).ReadDir(ctx, req)
}
