//go:build linux

package gatewaytest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/containerd/continuity/fs"
	"github.com/moby/buildkit/solver/pb"
	copy "github.com/tonistiigi/fsutil/copy"
)

// files runs the actions of a file operation, each in a copy of the folder that it starts from.
func (c *Client) files(ctx context.Context, op *pb.FileOp, inputs []string) (map[int64]string, error) {
	dirs, out := inputs, map[int64]string{}
	at := func(i int64) string {
		if i < 0 {
			return ""
		}
		return dirs[i]
	}
	for _, action := range op.Actions {
		dir, err := c.copied(ctx, at(action.Input))
		if err != nil {
			return nil, err
		}
		if err := act(ctx, dir, at(action.SecondaryInput), action); err != nil {
			return nil, err
		}
		dirs = append(dirs[:len(dirs):len(dirs)], dir)
		if action.Output >= 0 {
			out[action.Output] = dir
		}
	}
	return out, nil
}

// act changes dir. from is where copies come from.
func act(ctx context.Context, dir, from string, action *pb.FileAction) error {
	within := func(name string) (string, error) { return fs.RootPath(dir, filepath.Join("/", name)) }
	switch a := action.Action.(type) {
	case *pb.FileAction_Mkdir:
		path, err := within(a.Mkdir.Path)
		if err == nil && a.Mkdir.MakeParents {
			_, err = copy.MkdirAll(path, os.FileMode(a.Mkdir.Mode).Perm(), nil, stamp(a.Mkdir.Timestamp))
		} else if err == nil {
			err = os.Mkdir(path, os.FileMode(a.Mkdir.Mode).Perm())
		}
		return err
	case *pb.FileAction_Mkfile:
		path, err := within(a.Mkfile.Path)
		if err == nil {
			err = os.WriteFile(path, a.Mkfile.Data, os.FileMode(a.Mkfile.Mode).Perm())
		}
		if err == nil {
			err = copy.Utimes(path, stamp(a.Mkfile.Timestamp))
		}
		return err
	case *pb.FileAction_Copy:
		return copyInto(ctx, dir, from, a.Copy)
	}
	return fmt.Errorf("actions as %T are not imitated", action.Action)
}

func copyInto(ctx context.Context, dir, from string, a *pb.FileActionCopy) error {
	if from == "" {
		return nil // of scratch, which holds nothing
	}
	info := copy.CopyInfo{
		IncludePatterns: a.IncludePatterns, ExcludePatterns: a.ExcludePatterns, Utime: stamp(a.Timestamp),
		CopyDirContents: a.DirCopyContents, FollowLinks: a.FollowSymlink, AlwaysReplaceExistingDestPaths: a.AlwaysReplaceExistingDestPaths,
	}
	if mode := int(a.Mode); mode != -1 {
		info.Mode = &mode
	}
	if a.AttemptUnpackDockerCompatibility { // what is no archive is copied
		archive, err := fs.RootPath(from, a.Src)
		if err != nil {
			return err
		}
		if exec.CommandContext(ctx, "tar", "-xf", archive, "-C", filepath.Join(dir, a.Dest)).Run() == nil {
			return nil
		}
	}
	if to := filepath.Dir(filepath.Join(dir, a.Dest)); !a.CreateDestPath {
		if _, err := os.Lstat(to); err != nil {
			return err
		}
	}
	return copy.Copy(ctx, from, a.Src, dir, a.Dest, copy.WithCopyInfo(info), copy.AllowXAttrErrors)
}

// stamp is the time of an action; -1 means none.
func stamp(nanoseconds int64) *time.Time {
	if nanoseconds == -1 {
		return nil
	}
	t := time.Unix(0, nanoseconds)
	return &t
}

// merge lays folders over one another.
func (c *Client) merge(ctx context.Context, inputs []string) (string, error) {
	to, err := c.newFolder()
	for _, from := range inputs {
		if err == nil {
			err = lay(ctx, from, to)
		}
	}
	return to, err
}

// copied is a new folder with what is in from; nothing if that is "".
func (c *Client) copied(ctx context.Context, from string) (string, error) {
	to, err := c.newFolder()
	if err == nil && from != "" {
		err = lay(ctx, from, to)
	}
	return to, err
}

func lay(ctx context.Context, from, to string) error {
	return copy.Copy(ctx, from, "/", to, "/", copy.WithCopyInfo(copy.CopyInfo{CopyDirContents: true, AlwaysReplaceExistingDestPaths: true}),
		copy.AllowXAttrErrors)
}
