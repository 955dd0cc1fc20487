package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/step/request"
)

// findIncludes gives the files that C of the module's own packages may read, without those that belong to the packages.
func findIncludes(ctx context.Context, req request.Includes) error {
	ctx, cancel := context.WithTimeoutCause(ctx, scan.Deadline, fmt.Errorf("what C includes is not found after %v", scan.Deadline))
	defer cancel()
	tree, err := openUnion(filepath.Join(request.Source, request.PartC), filepath.Join(request.Source, request.PartGo))
	if err != nil {
		return err
	}
	found, err := cinclude.Find(ctx, tree, req.Sources)
	if err != nil {
		return err
	}
	sources := map[string]bool{}
	for _, name := range req.Sources {
		sources[name] = true
	}
	for _, name := range found.Files {
		if sources[name] {
			continue
		}
		if err := takeFile(filepath.Join(request.Source, request.PartC), name); err != nil {
			return fmt.Errorf("taking what C includes: %w", err)
		}
	}
	if err := setTimes(request.Out, zeroTime); err != nil {
		return err
	}
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	found.Files = nil // they are there
	return writeJSON(filepath.Join(request.Said, request.IncludesFile), found)
}

// takeFile gives a file with its mode, of a link the link as well: what is given is compared with the commit.
func takeFile(root, name string) error {
	from, to := filepath.Join(root, name), filepath.Join(request.Out, name)
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSymlink {
		return errors.Join(copyFile(from, to), os.Chmod(to, 0o644|info.Mode()&0o111))
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), copyLink(from, to)); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("the link %s leads out of the build context", name)
	}
	return takeFile(root, rel)
}

// union has the files of two trees, and lists those of the first. No link leads out of them.
type union struct{ first, second fs.FS }

func openUnion(first, second string) (union, error) {
	a, errA := os.OpenRoot(first)
	b, errB := os.OpenRoot(second)
	if err := errors.Join(errA, errB); err != nil {
		return union{}, err
	}
	return union{a.FS(), b.FS()}, nil
}

func (u union) Open(name string) (fs.File, error) {
	f, err := u.first.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return u.second.Open(name)
	}
	return f, err
}

// Stat opens nothing: to open a pipe may wait for ever.
func (u union) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(u.first, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fs.Stat(u.second, name)
	}
	return info, err
}
