package vcs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/format/config"
)

// submodule compares the folder name with the commit h of the submodule at inRepo. A submodule whose repository is not in this
// one's git folder, or lacks the commit, has nothing to compare with: its files are changes.
func (c *comparison) submodule(name, inRepo string, h plumbing.Hash) error {
	sub, err := c.openSubmodule(name, inRepo, h)
	if errors.Is(err, ErrNoRepository) || errors.Is(err, ErrIncomplete) {
		return c.folder(name, folder{name: inRepo})
	} else if err != nil {
		return fmt.Errorf("opening submodule %q: %w", inRepo, err)
	}
	defer sub.r.Close()
	top, err := sub.open(".", sub.root)
	if err != nil {
		return fmt.Errorf("reading submodule %q: %w", inRepo, err)
	}
	err = sub.folder(".", top)
	for _, changed := range sub.changed {
		c.changed = append(c.changed, path.Join(name, changed))
	}
	for _, ignored := range sub.ignored {
		c.ignored = append(c.ignored, path.Join(name, ignored))
	}
	return err
}

func (c *comparison) openSubmodule(name, inRepo string, h plumbing.Hash) (*comparison, error) {
	names, err := remember(c.r.rules.modules, c.root, c.submodules)
	if err != nil {
		return nil, err
	}
	module, ok := names[inRepo]
	if !ok {
		return nil, ErrNoRepository
	}
	files, err := c.r.files.Chroot("modules/" + module)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRepository, err)
	}
	r, err := openFiles(files)
	if err != nil {
		return nil, err
	}
	r.rules.spent = c.r.rules.spent
	return r.at(h, c.tree, name)
}

// submodules reads .gitmodules: the names of submodules by their paths.
func (c *comparison) submodules() (map[string]string, error) {
	data, err := c.tracked(".gitmodules")
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	err = eachSubmodule(data, func(name, inRepo string) {
		if _, ok := names[inRepo]; !ok {
			names[inRepo] = name
		}
	})
	return names, err
}

// MaxGitmodules bounds the .gitmodules files that are read for the folders of submodules, in bytes.
const MaxGitmodules = 1 << 20

// SubmodulePaths gives the folders of submodules that a .gitmodules file names below a folder of the repository, "." for its root: counted from
// there, in the order of the file.
func SubmodulePaths(gitmodules []byte, prefix string) (paths []string, err error) {
	err = eachSubmodule(gitmodules, func(_, inRepo string) {
		below, ok := inRepo, fs.ValidPath(inRepo) && inRepo != "."
		if ok && prefix != "." {
			below, ok = strings.CutPrefix(inRepo, prefix+"/")
		}
		if ok && !slices.Contains(paths, below) {
			paths = append(paths, below)
		}
	})
	return paths, err
}

func eachSubmodule(gitmodules []byte, found func(name, inRepo string)) error {
	cfg := config.New()
	if err := config.NewDecoder(bytes.NewReader(gitmodules)).Decode(cfg); err != nil {
		return fmt.Errorf("reading .gitmodules: %w", err)
	}
	for _, s := range cfg.Section("submodule").Subsections {
		if fs.ValidPath(s.Name) {
			found(s.Name, s.Option("path"))
		}
	}
	return nil
}

// at starts the comparison of the folder dir of tree with the commit h.
func (r *Repository) at(h plumbing.Hash, tree fs.FS, dir string) (*comparison, error) {
	commit, err := r.commit(h)
	if err == nil {
		tree, err = fs.Sub(tree, dir)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return &comparison{r: r, root: commit.tree, tree: tree}, nil
}
