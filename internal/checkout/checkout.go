// Package checkout finds the git checkout that a local folder is in, in the way of git: the nearest folder upwards that has a .git,
// which is a folder in a repository and a file in a worktree or a submodule (gitrepository-layout(5)). It looks at names and reads
// nothing.
package checkout

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/vcs"
)

// Find gives the folder with the nearest .git, and where in it dir is, with slashes, "." for the folder itself. Of a link it is
// where that leads. The error is [vcs.ErrNoRepository] if there is none.
func Find(dir string) (root, prefix string, err error) {
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
			return "", "", vcs.ErrNoRepository
		}
	}
	prefix, err = filepath.Rel(root, abs)
	return root, filepath.ToSlash(prefix), err
}

// Within gives where in the checkout root a file is, with slashes, or "" if it is not in it. Of a link it is where that leads.
func Within(root, file string) string {
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
