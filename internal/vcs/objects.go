package vcs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/filemode"
	"github.com/go-git/go-git/v6/plumbing/format/config"
)

// object reads one object and checks its content against its hash. Errors wrap [ErrIncomplete] where it is missing.
func (r *Repository) object(t plumbing.ObjectType, h plumbing.Hash) (*plumbing.MemoryObject, error) {
	stored, err := r.objects.read(h, maxObject)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrIncomplete, h)
	} else if err != nil {
		return nil, fmt.Errorf("reading git object %s: %w", h, err)
	}
	if t != plumbing.AnyObject && t != stored.kind {
		return nil, fmt.Errorf("reading git object %s: it is a %s, not a %s", h, stored.kind, t)
	}
	return r.checked(stored.kind, h, stored.data)
}

func (r *Repository) checked(t plumbing.ObjectType, h plumbing.Hash, data []byte) (*plumbing.MemoryObject, error) {
	o := memoryObject(r.settings.format, t, data)
	if !o.Hash().Equal(h) {
		return nil, fmt.Errorf("reading git object %s: its content has the hash %s", h, o.Hash())
	}
	return o, nil
}

func (r *Repository) commit(h plumbing.Hash) (*commit, error) {
	data, err := r.content(plumbing.CommitObject, h)
	if err != nil {
		return nil, err
	}
	c, err := decodeCommit(h, data)
	if err != nil {
		return nil, fmt.Errorf("reading commit %s: %w", h, err)
	}
	return c, nil
}

// tree gives the entries of a tree by their names.
func (r *Repository) tree(h plumbing.Hash) (map[string]treeEntry, error) {
	data, err := r.content(plumbing.TreeObject, h)
	if err != nil {
		return nil, err
	}
	entries, err := decodeTree(data, h.Size())
	if err != nil {
		return nil, fmt.Errorf("reading git tree %s: %w", h, err)
	}
	return entries, nil
}

func (r *Repository) blob(h plumbing.Hash) ([]byte, error) { return r.content(plumbing.BlobObject, h) }

// content reads all of an object of the type.
func (r *Repository) content(t plumbing.ObjectType, h plumbing.Hash) ([]byte, error) {
	o, err := r.object(t, h)
	if err != nil {
		return nil, err
	}
	return readObject(o)
}

func readObject(o *plumbing.MemoryObject) ([]byte, error) {
	in, err := o.Reader()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

// entry finds what the tree root holds at the slash path name; the error wraps [fs.ErrNotExist] where that is nothing.
func (r *Repository) entry(root plumbing.Hash, name string) (treeEntry, error) {
	at := treeEntry{mode: filemode.Dir, hash: root}
	if name == "." {
		return at, nil
	}
	for elem := range strings.SplitSeq(name, "/") {
		found := false
		if at.mode == filemode.Dir {
			entries, err := r.tree(at.hash)
			if err != nil {
				return at, err
			}
			at, found = entries[elem]
		}
		if !found {
			return at, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
	}
	return at, nil
}

// file returns the content of a file, or the target of a link, below the tree root.
func (r *Repository) file(root plumbing.Hash, name string) ([]byte, error) {
	e, err := r.entry(root, name)
	if err != nil {
		return nil, err
	}
	if e.mode == filemode.Dir || e.mode == filemode.Submodule {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return r.blob(e.hash)
}

func memoryObject(format config.ObjectFormat, t plumbing.ObjectType, data []byte) *plumbing.MemoryObject {
	o := plumbing.NewMemoryObject(plumbing.FromObjectFormat(format))
	o.SetType(t)
	o.SetSize(0)
	_, _ = o.Write(data) // it writes to memory
	return o
}
