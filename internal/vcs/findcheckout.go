package vcs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// FindCheckout finds the checkout that a local folder is in, in the way of git: the nearest folder upwards that has a .git, which is a
// folder in a repository and a file in a worktree or a submodule (gitrepository-layout(5)). It looks at names and reads nothing.
//
// It gives the folder with the nearest .git, and where in it dir is, with slashes, "." for the folder itself. Of a link it is
// where that leads. The error is [ErrNoRepository] if there is none.
func FindCheckout(dir string) (root, prefix string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", "", err
	}
	for root = abs; ; root = filepath.Dir(root) {
		if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", "", err
		}
		if root == filepath.Dir(root) {
			return "", "", ErrNoRepository
		}
	}
	prefix, err = filepath.Rel(root, abs)
	return root, filepath.ToSlash(prefix), err
}

// Position says how a build context lies to the checkout root that a folder of it is in: prefix is the context's folder in the checkout, "." for
// the root; or else the checkout is in the folder base of the context. They have slashes.
func Position(root, context string) (prefix, base string, err error) {
	abs, err := filepath.Abs(context)
	if err != nil {
		return "", "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", "", err
	}
	if prefix, err = filepath.Rel(root, abs); err == nil && filepath.IsLocal(prefix) {
		return filepath.ToSlash(prefix), "", nil
	}
	base, err = filepath.Rel(abs, root)
	return ".", filepath.ToSlash(base), err
}

// InCheckout gives where in the checkout root a file is, with slashes, or "" if it is not in it. Of a link it is where that leads.
func InCheckout(root, file string) string {
	if file == "" {
		return ""
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return ""
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}
