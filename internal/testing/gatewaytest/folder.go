package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/continuity/fs"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// MaxMessage bounds what an answer of the daemon holds.
const MaxMessage = 16 << 20

// Folder answers as the daemon does for a reference: a link is followed below the root, Length 0 reads nothing, a range past the end gives no error, and
// an error is its text alone.
type Folder string

// ReadFile reads a regular file, or a part of it.
func (f Folder) ReadFile(_ context.Context, req gateway.ReadRequest) ([]byte, error) {
	content, err := f.read(req)
	return content, textOnly(err)
}

func (f Folder) read(req gateway.ReadRequest) ([]byte, error) {
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
	if len(content) > MaxMessage {
		return nil, errors.New("the message is too large")
	}
	return content, nil
}

// StatFile describes a file.
func (f Folder) StatFile(_ context.Context, req gateway.StatRequest) (*fstypes.Stat, error) {
	path, err := fs.RootPath(string(f), req.Path)
	if err != nil {
		return nil, textOnly(err)
	}
	st, err := fsutil.Stat(path)
	return st, textOnly(err)
}

// ReadDir lists a folder.
func (f Folder) ReadDir(ctx context.Context, req gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
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
