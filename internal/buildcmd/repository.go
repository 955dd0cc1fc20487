package buildcmd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/checkout"
	"github.com/modship-build/modship/internal/vcs"
)

// repository is where the facts of a commit are read from when the context does not hold the git folder: the context is a
// folder of a checkout, a worktree or a submodule.
type repository struct {
	// root holds the folder .git.
	root string
	// attrs are what the frontend is told.
	attrs map[string]string
}

// maxGitFile bounds a .git file, in bytes: it holds one path.
const maxGitFile = 4 << 10

// findRepository looks for a checkout that dir is in. It is nil if there is none, or if the frontend finds it in the context.
func findRepository(dir string) *repository {
	root, prefix, err := checkout.Find(dir)
	if err != nil {
		return nil
	}
	info, err := os.Stat(filepath.Join(root, ".git"))
	switch {
	case err != nil:
		return nil
	case info.IsDir() && prefix == ".":
		return nil
	case info.IsDir():
		return newRepository(root, "", prefix)
	case info.Size() > maxGitFile:
		return nil
	}
	return linkedRepository(root, prefix)
}

// linkedRepository follows a .git file to a git folder inside of another checkout's (gitrepository-layout(5)).
func linkedRepository(checkout, prefix string) *repository {
	text, err := os.ReadFile(filepath.Join(checkout, ".git"))
	if err != nil {
		return nil
	}
	gitDir, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
	if !ok {
		return nil
	}
	if !filepath.IsAbs(gitDir) {
		gitDir = filepath.Join(checkout, gitDir)
	}
	for folder := filepath.Clean(gitDir); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if filepath.Base(folder) != ".git" {
			continue
		}
		rel, err := filepath.Rel(folder, gitDir)
		if err != nil {
			return nil
		}
		return newRepository(filepath.Dir(folder), filepath.ToSlash(rel), prefix)
	}
	return nil
}

func newRepository(root, folder, prefix string) *repository {
	return &repository{root: root, attrs: map[string]string{vcs.OptionPrefix: prefix, vcs.OptionFolder: folder}}
}
