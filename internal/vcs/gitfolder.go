package vcs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v6/osfs"
)

// gitFolders returns the git folder of the checkout dir, and the folder it shares with other worktrees or "".
func gitFolders(dir string) (own, common string, err error) {
	own = filepath.Join(dir, ".git")
	if !isFolder(own) {
		line, err := pointer(dir, ".git")
		if errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("%w in %s", ErrNoRepository, dir)
		} else if err != nil {
			return "", "", fmt.Errorf("%w: reading the .git file: %w", ErrNoRepository, err)
		}
		target, ok := strings.CutPrefix(line, "gitdir:")
		if !ok {
			return "", "", fmt.Errorf("%w: the .git file does not name a git folder", ErrNoRepository)
		}
		if own, err = follow(dir, target); err != nil {
			return "", "", err
		}
	}
	shared, err := pointer(own, "commondir")
	if errors.Is(err, fs.ErrNotExist) {
		return own, "", nil
	} else if err != nil {
		return "", "", fmt.Errorf("reading commondir: %w", err)
	}
	common, err = follow(own, shared)
	return own, common, err
}

func isFolder(name string) bool {
	info, err := osfs.New(name).Stat("")
	return err == nil && info.IsDir()
}

// pointer reads a file that holds one line with a path.
func pointer(dir, name string) (string, error) {
	f, err := readOnly{osfs.New(dir)}.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := io.ReadAll(io.LimitReader(f, 1<<13))
	return strings.TrimRight(string(line), "\r\n"), err
}

func follow(from, target string) (string, error) {
	target = filepath.FromSlash(strings.TrimSpace(target))
	dir := target
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(from, target)
	}
	if !isFolder(dir) {
		return "", fmt.Errorf("%w: its git folder %q is not here", ErrNoRepository, target)
	}
	return dir, nil
}
