// Package vcs tells which commit a build comes from: revision, commit time, remote, version and whether what is built differs
// from the commit.
//
// Facts have two sources: a git folder ([Open]) and the options that a build client sends ([FromOptions]). [Merge] puts them
// together and reports where they disagree. A fact that cannot be known is left out.
//
// The git folder is one that nobody vouches for. It is only read; no program is run, no include of its configuration is
// followed, no hook, filter, alternate object store or replacement object is honoured, and every object is checked against its
// hash. The version is the one that the go command of Go 1.26 stamps into a binary built in a plain clone at the same commit: in
// worktrees and submodules, where .git is a file, go itself stamps nothing (golang/go#58218).
package vcs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v6"
	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/cache"
	"github.com/go-git/go-git/v6/plumbing/format/config"
	"github.com/go-git/go-git/v6/storage/filesystem"
)

var (
	// ErrNoRepository says that a folder holds no git repository, or one whose git folder is elsewhere and not reachable.
	ErrNoRepository = errors.New("no git repository")
	// ErrUnsupported says that a repository uses a format that this package cannot read.
	ErrUnsupported = errors.New("unsupported git repository format")
	// ErrIncomplete says that a repository lacks objects: it is a partial clone, borrows them from another repository, or was
	// copied in part.
	ErrIncomplete = errors.New("git objects are missing")
)

// Repository reads one git repository. It is not safe for use by several goroutines.
type Repository struct {
	store    *filesystem.Storage // references
	objects  *objectStore
	files    billy.Filesystem
	settings settings
	rules    rules
}

// Close closes the repository's files.
func (r *Repository) Close() error { return errors.Join(r.objects.close(), r.store.Close()) }

func openFiles(files billy.Filesystem) (*Repository, error) {
	head, err := files.Open("HEAD")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRepository, err)
	}
	head.Close()
	settings, err := readSettings(files)
	if err != nil {
		return nil, err
	}
	store := filesystem.NewStorageWithOptions(files, cache.NewObjectLRUDefault(), filesystem.Options{
		ObjectFormat: settings.format,
	})
	r := &Repository{store: store, files: files, settings: settings, rules: newRules()}
	if !settings.known {
		if err := r.guessFormat(); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	r.objects = newObjectStore(files, r.settings.format.Size())
	return r, nil
}

// guessFormat takes the format of a repository whose configuration is not here from the length of the hash of HEAD.
func (r *Repository) guessFormat() error {
	head, err := r.store.Reference(plumbing.HEAD)
	if err == nil && head.Target() == "refs/heads/.invalid" { // git-config(1), extensions.refStorage
		return fmt.Errorf("%w: references that are not files", ErrUnsupported)
	}
	h, err := r.head()
	if err != nil {
		return nil // it is reported where HEAD is asked for
	}
	if len(h.Bytes()) == config.SHA256.Size() {
		r.settings.format = config.SHA256
	}
	return nil
}

// head returns the commit that HEAD names; it is zero on a branch without commits.
func (r *Repository) head() (plumbing.Hash, error) {
	name := plumbing.HEAD
	for range 5 {
		ref, err := r.store.Reference(name)
		switch {
		case errors.Is(err, plumbing.ErrReferenceNotFound):
			return plumbing.ZeroHash, r.absent(name)
		case err != nil:
			return plumbing.ZeroHash, fmt.Errorf("reading reference %q: %w", name, err)
		case ref.Type() == plumbing.SymbolicReference:
			name = ref.Target()
		case ref.Hash().IsZero():
			return plumbing.ZeroHash, fmt.Errorf("reading reference %q: it holds no hash", name)
		default:
			return ref.Hash(), nil
		}
	}
	return plumbing.ZeroHash, fmt.Errorf("reading reference %q: too many symbolic references", name)
}

// absent returns an error if the reference name is there and is none: go-git takes what it cannot read for what does not exist.
func (r *Repository) absent(name plumbing.ReferenceName) error {
	if !strings.HasPrefix(name.String(), "refs/") || !fs.ValidPath(name.String()) {
		return fmt.Errorf("reading HEAD: %q is no name of a reference", name)
	}
	if info, err := r.files.Lstat(name.String()); err == nil && !info.IsDir() {
		return fmt.Errorf("reading reference %q: it cannot be read", name)
	}
	return nil
}

// tags returns the hash of each reference below refs/tags by its name there.
func (r *Repository) tags() (map[string]plumbing.Hash, error) {
	refs, err := r.store.IterReferences()
	if err != nil {
		return nil, fmt.Errorf("reading references: %w", err)
	}
	defer refs.Close()
	tags := map[string]plumbing.Hash{}
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if name, ok := strings.CutPrefix(ref.Name().String(), "refs/tags/"); ok && ref.Type() == plumbing.HashReference {
			tags[name] = ref.Hash()
		}
		return nil
	})
	return tags, err
}

// slashDir brings a folder of the repository into the form of io/fs: "." for the root, which callers may also write as "".
func slashDir(dir string) string { return filepath.ToSlash(filepath.Clean(dir)) }
