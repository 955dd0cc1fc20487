package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/internal/vcs"
)

// repository is what the facts of a commit are read from: the git folder of the checkout that the context is in, wherever that is
// and whatever .dockerignore says of it.
type repository struct {
	// root is the checkout.
	root string
	// git holds the copy of the git folder as .git.
	git fsutil.FS
	// attrs are what the frontend is told.
	attrs map[string]string
}

// findRepository looks for a checkout that dir is in. It is nil if there is none, or none that can be read; then problem says why.
func findRepository(dir string, user vcs.User) (r *repository, problem string) {
	root, prefix, err := vcs.FindCheckout(dir)
	if errors.Is(err, vcs.ErrNoRepository) {
		return nil, ""
	}
	var place vcs.Place
	if err == nil {
		place, err = vcs.Locate(root)
	}
	if err == nil {
		r, err = newRepository(root, place, prefix, user)
	}
	if err != nil {
		return nil, fmt.Sprintf("revision and version are not known: %v", err)
	}
	return r, ""
}

func newRepository(root string, place vcs.Place, prefix string, user vcs.User) (*repository, error) {
	repo, err := place.Open() // whatever is wrong with it is known here
	if err != nil {
		return nil, err
	}
	if err := repo.Close(); err != nil {
		return nil, err
	}
	git, err := newGitCopy(place, user)
	if err != nil {
		return nil, err
	}
	attrs := map[string]string{vcs.OptionPrefix: prefix, vcs.OptionFolder: place.Folder, vcs.OptionConfig: ""}
	return &repository{root: root, git: git, attrs: attrs}, nil
}

// locate notes where the configuration is in the checkout.
func (r *repository) locate(d definition) {
	r.attrs[vcs.OptionConfig] = vcs.InCheckout(r.root, d.files[d.name].path)
}

// GitUser reads what the configuration of git outside of a repository says (git-config(1), "FILES").
func GitUser(lookup func(string) (string, bool)) vcs.User {
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	var names []string
	if system, ok := lookup("GIT_CONFIG_SYSTEM"); ok {
		names = append(names, system)
	} else if get("GIT_CONFIG_NOSYSTEM") == "" {
		names = append(names, "/etc/gitconfig")
	}
	home := get("HOME")
	if global, ok := lookup("GIT_CONFIG_GLOBAL"); ok {
		names = append(names, global)
	} else {
		if xdg := get("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
			names = append(names, filepath.Join(xdg, "git", "config"))
		} else if filepath.IsAbs(home) {
			names = append(names, filepath.Join(home, ".config", "git", "config"))
		}
		if filepath.IsAbs(home) {
			names = append(names, filepath.Join(home, ".gitconfig"))
		}
	}
	var files [][]byte
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxGitConfig {
			continue
		}
		if data, err := os.ReadFile(name); err == nil {
			files = append(files, data)
		}
	}
	return vcs.ParseUser(files...)
}
