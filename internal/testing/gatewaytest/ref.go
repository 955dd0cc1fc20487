//go:build linux

package gatewaytest

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// result is what came of a solve, which runs when it is looked at.
type result struct {
	client *Client
	def    *pb.Definition
	of     output
}

var _ gateway.Reference = (*result)(nil)

func (r *result) Evaluate(ctx context.Context) error {
	_, err := r.client.run(ctx, r.of)
	return err
}

func (r *result) ToState() (llb.State, error) {
	op, err := llb.NewDefinitionOp(r.def)
	if err != nil {
		return llb.State{}, err
	}
	return llb.NewState(op), nil
}

func (r *result) ReadFile(ctx context.Context, req gateway.ReadRequest) ([]byte, error) {
	dir, err := r.client.run(ctx, r.of)
	if err != nil {
		return nil, err
	}
	return Folder(dir).ReadFile(ctx, req)
}

func (r *result) StatFile(ctx context.Context, req gateway.StatRequest) (*fstypes.Stat, error) {
	dir, err := r.client.run(ctx, r.of)
	if err != nil {
		return nil, err
	}
	return Folder(dir).StatFile(ctx, req)
}

func (r *result) ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
	dir, err := r.client.run(ctx, r.of)
	if err != nil {
		return nil, err
	}
	return Folder(dir).ReadDir(ctx, req)
}

// container is what the mounts of a step that failed are read through.
type container struct {
	gateway.Container
	mounts []Folder
}

func (c *container) Release(context.Context) error { return nil }

func (c *container) ReadFile(ctx context.Context, req gateway.ReadContainerRequest) ([]byte, error) {
	return c.mounts[req.MountIndex].ReadFile(ctx, req.ReadRequest)
}
