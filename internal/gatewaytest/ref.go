//go:build linux

package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/continuity/fs"
	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// maxMessage bounds what an answer of the daemon holds.
const maxMessage = 16 << 20

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
	return folder(dir).ReadFile(req)
}

func (r *result) StatFile(ctx context.Context, req gateway.StatRequest) (*fstypes.Stat, error) {
	dir, err := r.client.run(ctx, r.of)
	if err != nil {
		return nil, err
	}
	return folder(dir).StatFile(req)
}

func (r *result) ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
	dir, err := r.client.run(ctx, r.of)
	if err != nil {
		return nil, err
	}
	return folder(dir).ReadDir(ctx, req)
}

// folder answers as the daemon does: a link is followed below the root, Length 0 reads nothing, a range past the end gives no error, and
// an error is its text alone.
type folder string

func (f folder) ReadFile(req gateway.ReadRequest) ([]byte, error) {
	content, err := f.read(req)
	return content, textOnly(err)
}

func (f folder) read(req gateway.ReadRequest) ([]byte, error) {
	path, err := fs.RootPath(string(f), req.Filename)
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
	if req.Range != nil {
		from := min(req.Range.Offset, len(content))
		content = content[from:min(from+req.Range.Length, len(content))]
	}
	if len(content) > maxMessage {
		return nil, errors.New("the message is too large")
	}
	return content, nil
}

func (f folder) StatFile(req gateway.StatRequest) (*fstypes.Stat, error) {
	path, err := fs.RootPath(string(f), req.Path)
	if err != nil {
		return nil, textOnly(err)
	}
	st, err := fsutil.Stat(path)
	return st, textOnly(err)
}

func (f folder) ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
	path, err := fs.RootPath(string(f), req.Path)
	if err != nil {
		return nil, textOnly(err)
	}
	var filter *fsutil.FilterOpt
	if req.IncludePattern != "" {
		filter = &fsutil.FilterOpt{IncludePatterns: []string{req.IncludePattern}}
	}
	var list []*fstypes.Stat
	err = fsutil.Walk(ctx, path, filter, func(_ string, info os.FileInfo, err error) error {
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

// container is what the mounts of a step that failed are read through.
type container struct {
	gateway.Container
	mounts []folder
}

func (c *container) Release(context.Context) error { return nil }

func (c *container) ReadFile(_ context.Context, req gateway.ReadContainerRequest) ([]byte, error) {
	return c.mounts[req.MountIndex].ReadFile(req.ReadRequest)
}
