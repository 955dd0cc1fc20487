package vcs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/filemode"
)

// maxNames bounds the names that Modified returns.
const maxNames = 20

// Modified compares what a build reads with HEAD. tree is the part of the checkout that the build reads, its root the folder
// prefix of the repository ("" or "." is the root). A file of tree is changed where HEAD has other content or another type for
// it, or does not have it and does not ignore it; files that tree lacks, the executable bit, empty folders and entries named .git do
// not count. A file is compared as git's attributes and settings change it on the way in (see [comparison.sameCleaned]), a file of
// Git LFS by the hash in its pointer, and a submodule with the commit that HEAD names, if its repository is at hand.
//
// It returns the changed names in tree, sorted; after 20 of them one last entry tells how many more there are. It reads only the
// trees of folders that tree has. Errors wrap [ErrIncomplete] where one of them is missing.
func (r *Repository) Modified(tree fs.FS, prefix string) (changed []string, err error) {
	c, err := r.differences(tree, prefix)
	if err != nil {
		return nil, err
	}
	return shorten(c.changed), nil
}

// differences compares tree, see [Repository.Modified].
func (r *Repository) differences(tree fs.FS, prefix string) (*comparison, error) {
	c := &comparison{r: r, tree: tree}
	if err := c.readHead(); err != nil {
		return nil, err
	}
	top := folder{name: slashDir(prefix)}
	if !c.root.IsZero() {
		var err error
		if top, err = c.prefix(slashDir(prefix)); err != nil {
			return nil, err
		}
	}
	if err := c.folder(".", top); err != nil {
		return nil, fmt.Errorf("comparing with HEAD: %w", err)
	}
	return c, nil
}

// readHead finds the tree of HEAD; there is none on a branch without commits.
func (c *comparison) readHead() error {
	head, err := c.r.head()
	if err != nil || head.IsZero() {
		return err
	}
	commit, err := c.r.commit(head)
	if err != nil {
		return err
	}
	c.root = commit.tree
	return nil
}

// sameAsTracked tells whether HEAD has a content as the file inRepo. What it does not have at all is not compared.
func (r *Repository) sameAsTracked(inRepo string, content []byte) (bool, error) {
	c := &comparison{r: r}
	if err := c.readHead(); err != nil || c.root.IsZero() || !fs.ValidPath(inRepo) {
		return true, err
	}
	e, err := r.entry(c.root, inRepo)
	if errors.Is(err, fs.ErrNotExist) || err == nil && e.mode != filemode.Regular && e.mode != filemode.Executable {
		return true, nil
	} else if err != nil {
		return false, err
	}
	if r.hash(content).Equal(e.hash) {
		return true, nil
	}
	return c.sameCleaned(inRepo, content, e.hash)
}

// comparison is one walk over a tree.
type comparison struct {
	r       *Repository
	root    plumbing.Hash // tree of the commit
	tree    fs.FS
	changed []string
	ignored []string
}

// folder is a folder of a commit; one that the commit lacks has no entries.
type folder struct {
	name    string // in the repository
	entries map[string]treeEntry
}

// only leaves the entries of which the tree has some. A folder of a commit may have a million others, and those of all folders on the way
// down are in memory at a time.
func (f folder) only(list []fs.DirEntry) folder {
	kept := map[string]treeEntry{}
	for _, d := range list {
		if e, ok := f.entries[d.Name()]; ok {
			kept[d.Name()] = e
		}
	}
	return folder{f.name, kept}
}

func (c *comparison) prefix(name string) (folder, error) {
	e, err := c.r.entry(c.root, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && e.mode != filemode.Dir {
		return folder{name: name}, nil
	} else if err != nil {
		return folder{}, err
	}
	return c.open(name, e.hash)
}

func (c *comparison) open(name string, h plumbing.Hash) (folder, error) {
	entries, err := c.r.tree(h)
	if err != nil {
		return folder{}, err
	}
	return folder{name, entries}, nil
}

// folder compares the folder dir of the tree with in.
func (c *comparison) folder(dir string, in folder) error {
	list, err := fs.ReadDir(c.tree, dir)
	if err != nil {
		return err
	}
	in = in.only(list)
	for _, d := range list {
		name := path.Join(dir, d.Name())
		tracked, ok := in.entries[d.Name()]
		switch {
		case d.Name() == ".git":
		case d.IsDir():
			err = c.subfolder(name, path.Join(in.name, d.Name()), tracked)
		case !ok:
			err = c.untracked(name, path.Join(in.name, d.Name()))
		default:
			var same bool
			if same, err = c.same(name, path.Join(in.name, d.Name()), d.Type(), tracked); !same {
				c.changed = append(c.changed, name)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// untracked notes a file that the commit does not have: git status does not count those that git ignores.
func (c *comparison) untracked(name, inRepo string) error {
	ignored, err := c.ignores(inRepo)
	if ignored {
		c.ignored = append(c.ignored, name)
	} else {
		c.changed = append(c.changed, name)
	}
	return err
}

func (c *comparison) subfolder(name, inRepo string, tracked treeEntry) error {
	in := folder{name: inRepo}
	switch tracked.mode {
	case filemode.Dir:
		var err error
		if in, err = c.open(inRepo, tracked.hash); err != nil {
			return err
		}
	case filemode.Submodule:
		return c.submodule(name, inRepo, tracked.hash)
	}
	return c.folder(name, in)
}

// same compares one file or link of the tree with what the commit has in its place.
func (c *comparison) same(name, inRepo string, mode fs.FileMode, tracked treeEntry) (bool, error) {
	switch {
	case mode&fs.ModeSymlink != 0 && tracked.mode == filemode.Symlink:
		target, err := fs.ReadLink(c.tree, name)
		if err != nil {
			return false, err
		}
		return c.r.hash([]byte(target)).Equal(tracked.hash), nil
	case !mode.IsRegular() || tracked.mode == filemode.Submodule || tracked.mode == filemode.Dir:
		return false, nil
	case tracked.mode == filemode.Symlink && !c.r.settings.plainLinks:
		return false, nil
	}
	h, err := c.hashFile(name)
	if err != nil || h.Equal(tracked.hash) {
		return err == nil, err
	}
	return c.sameFiltered(name, inRepo, tracked.hash)
}

// hashFile returns the hash that git would give a file as it is.
func (c *comparison) hashFile(name string) (plumbing.Hash, error) {
	f, err := c.tree.Open(name)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	h := plumbing.NewHasher(c.r.settings.format, plumbing.BlobObject, info.Size())
	if n, err := io.Copy(h, f); err != nil {
		return plumbing.ZeroHash, err
	} else if n != info.Size() {
		return plumbing.ZeroHash, &fs.PathError{Op: "read", Path: name, Err: errors.New("the size changed")}
	}
	return h.Sum(), nil
}

func (r *Repository) hash(content []byte) plumbing.Hash {
	return memoryObject(r.settings.format, plumbing.BlobObject, content).Hash()
}
