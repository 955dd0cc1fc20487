package vcs

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/go-git/go-git/v6/plumbing/filemode"
)

// Since is an earlier commit, with which a checkout is compared.
type Since struct {
	r      *Repository
	commit *commit
}

// Since finds a commit: by its full hash, HEAD, or the name of a tag or a branch, with ~N and ^N behind. Errors wrap [ErrRevision] where there is no
// such commit, or [ErrIncomplete] where it is not in the clone.
func (r *Repository) Since(revision string) (*Since, error) {
	c, err := r.resolve(revision)
	if err != nil {
		return nil, err
	}
	return &Since{r, c}, nil
}

// Revision is the full hash of the commit.
func (s *Since) Revision() string { return s.commit.hash.String() }

// File gives a file of the commit, by its path in the repository; the error wraps [fs.ErrNotExist] if it has none.
func (s *Since) File(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.r.file(s.commit.tree, name)
}

// Changes are names in a tree that are not what the commit has there, sorted.
type Changes struct {
	// Changed differ, are new, or are gone.
	Changed []string
	// Ignored are there, are not in the commit, and git ignores them: whether they have changed is not known.
	Ignored []string
}

// Changes compares a tree, whose root is the folder prefix of the repository, as [Repository.Modified] does, and what is gone beside. It looks into
// the folders that look agrees to.
func (s *Since) Changes(tree fs.FS, prefix string, look func(dir string) bool) (Changes, error) {
	c := &comparison{r: s.r, root: s.commit.tree, tree: foldersOf{tree, look}}
	top, err := c.prefix(slashDir(prefix))
	if err == nil {
		err = c.folder(".", top)
	}
	if err == nil {
		err = c.gone(".", top, look)
	}
	if err != nil {
		return Changes{}, fmt.Errorf("comparing with commit %.12s: %w", s.Revision(), err)
	}
	slices.Sort(c.changed)
	slices.Sort(c.ignored)
	return Changes{slices.Compact(c.changed), slices.Compact(c.ignored)}, nil
}

// gone notes what a folder of the commit has and the tree has not.
func (c *comparison) gone(dir string, in folder, look func(dir string) bool) error {
	list, _ := fs.ReadDir(c.tree, dir) // what cannot be read has been found out before, or is no folder any more
	for name, tracked := range in.entries {
		here := path.Join(dir, name)
		switch tracked.mode {
		case filemode.Submodule: // what differs in it has been noted
		case filemode.Dir:
			if !look(here) {
				continue
			}
			sub, err := c.open(path.Join(in.name, name), tracked.hash)
			if err == nil {
				err = c.gone(here, sub, look)
			}
			if err != nil {
				return err
			}
		default:
			if !slices.ContainsFunc(list, func(d fs.DirEntry) bool { return d.Name() == name }) {
				c.changed = append(c.changed, here)
			}
		}
	}
	return nil
}

// foldersOf is a tree without the folders that look refuses.
type foldersOf struct {
	fs.FS
	look func(dir string) bool
}

// ReadDir lists a folder.
func (f foldersOf) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(list, func(d fs.DirEntry) bool { return d.IsDir() && !f.look(path.Join(name, d.Name())) }), err
}

// ReadLink reads a link.
func (f foldersOf) ReadLink(name string) (string, error) { return fs.ReadLink(f.FS, name) }

// Lstat looks at a file, or at a link itself.
func (f foldersOf) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(f.FS, name) }
