package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/request"
)

// findIncludes gives the files that C of the module's own packages may read, without those that belong to the packages, but for Go files
// that C reads.
func findIncludes(ctx context.Context, req request.Includes) error {
	tree, err := openUnion(filepath.Join(request.Source, request.PartC), filepath.Join(request.Source, request.PartGo))
	if err != nil {
		return err
	}
	found, err := cinclude.Find(ctx, links.New(tree), req.Sources)
	if err != nil {
		return err
	}
	sources := map[string]bool{}
	for _, name := range req.Sources {
		sources[name] = true
	}
	for _, name := range found.Files {
		// A source that another one includes is there, and is no part of the packages' own keys: of Go files only those that are found here
		// count for C, see [hashReadable].
		if sources[name] && path.Ext(name) != ".go" {
			continue
		}
		if err := tree.copy(name, request.Out); err != nil {
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

// union has the files of several trees, of which the first that has one counts. No link leads out of one.
type union []*os.Root

var _ interface {
	fs.ReadDirFS
	fs.ReadLinkFS
	fs.StatFS
} = union{}

func openUnion(dirs ...string) (union, error) {
	var u union
	for _, dir := range dirs {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		u = append(u, root)
	}
	return u, nil
}

// first asks the trees one after the other.
func first[T any](u union, ask func(*os.Root) (T, error)) (got T, err error) {
	err = fs.ErrNotExist
	for _, root := range u {
		if got, err = ask(root); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return got, err
}

// Open opens a file.
func (u union) Open(name string) (fs.File, error) {
	return first(u, func(r *os.Root) (fs.File, error) { return r.Open(name) })
}

// Stat opens nothing: to open a pipe may wait for ever.
func (u union) Stat(name string) (fs.FileInfo, error) {
	return first(u, func(r *os.Root) (fs.FileInfo, error) { return r.Stat(name) })
}

// Lstat describes a link itself.
func (u union) Lstat(name string) (fs.FileInfo, error) {
	return first(u, func(r *os.Root) (fs.FileInfo, error) { return r.Lstat(name) })
}

// ReadLink gives the text of a link.
func (u union) ReadLink(name string) (string, error) {
	return first(u, func(r *os.Root) (string, error) { return r.Readlink(name) })
}

// ReadDir lists what the trees have in a folder.
func (u union) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	there := false
	for _, root := range u {
		entries, err := fs.ReadDir(root.FS(), name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		there, all = true, append(all, entries...)
	}
	if !there {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortStableFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}

// copy gives a file with its mode, and a link as a link: what is given is compared with the commit.
func (u union) copy(name, to string) error {
	root, err := first(u, func(r *os.Root) (string, error) {
		_, err := r.Lstat(name)
		return r.Name(), err
	})
	if err != nil {
		return err
	}
	from, to := filepath.Join(root, name), filepath.Join(to, name)
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), copyLink(from, to))
	}
	return errors.Join(copyFile(from, to), os.Chmod(to, 0o644|info.Mode()&0o111))
}
