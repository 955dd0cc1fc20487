//go:build linux

package gatewaytest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
)

func (c *Client) source(ctx context.Context, op *pb.SourceOp, platform *pb.Platform) (string, error) {
	if name, ok := strings.CutPrefix(op.Identifier, "local://"); ok {
		return c.local(ctx, name, op.Attrs)
	}
	if ref, ok := strings.CutPrefix(op.Identifier, imageScheme); ok {
		if dir, ok := c.imageRoot(ref, platform); ok {
			return dir, nil
		}
	}
	if dir, ok := c.Sources[op.Identifier]; ok {
		return dir, nil
	}
	return "", fmt.Errorf("%s: not found", op.Identifier)
}

// local copies from a folder of the client what is asked for, as BuildKit's client sends it: all files are root's.
func (c *Client) local(ctx context.Context, name string, attrs map[string]string) (string, error) {
	dir, ok := c.Locals[name]
	if !ok {
		return "", fmt.Errorf("the client offers no folder %q", name)
	}
	filter := fsutil.FilterOpt{Map: func(_ string, st *fstypes.Stat) fsutil.MapResult {
		st.Uid, st.Gid = uint32(os.Getuid()), uint32(os.Getgid())
		return fsutil.MapResultKeep
	}}
	for attr, list := range map[string]*[]string{
		pb.AttrIncludePatterns: &filter.IncludePatterns, pb.AttrExcludePatterns: &filter.ExcludePatterns, pb.AttrFollowPaths: &filter.FollowPaths,
	} {
		if text := attrs[attr]; text != "" {
			if err := json.Unmarshal([]byte(text), list); err != nil {
				return "", fmt.Errorf("decoding %s: %w", attr, err)
			}
		}
	}
	to, err := c.newFolder()
	if err != nil {
		return "", err
	}
	all, err := fsutil.NewFS(dir)
	if err != nil {
		return "", err
	}
	some, err := fsutil.NewFilterFS(all, &filter)
	if err != nil {
		return "", err
	}
	return to, send(ctx, some, to)
}

// send writes what fsys holds.
func send(ctx context.Context, fsys fsutil.FS, to string) error {
	w, err := fsutil.NewDiskWriter(ctx, to, fsutil.DiskWriterOpt{SyncDataCb: func(_ context.Context, name string, w io.WriteCloser) error {
		r, err := fsys.Open(name)
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(w, r)
		return err
	}})
	if err != nil {
		return err
	}
	err = fsys.Walk(ctx, "", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return w.HandleChange(fsutil.ChangeKindAdd, name, info, nil)
	})
	if err != nil {
		return err
	}
	return w.Wait(ctx)
}
