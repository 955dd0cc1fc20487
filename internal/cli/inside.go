package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/vcs"
)

// leavesTree tells whether a file that is named inside of a tree is a symbolic link, or behind one, that leads out of it. A source tree
// may come from anybody, and what is in a configuration is sent to the daemon and shown where it is wrong; so a tree must not choose which
// file of this machine is read. The trees are the folder to build and the checkout that the file is in. What is not there leaves nothing.
func leavesTree(dir, file string) bool {
	resolved, err := filepath.EvalSymlinks(file)
	if err != nil {
		return false
	}
	trees := []string{dir}
	if root, _, err := vcs.FindCheckout(filepath.Dir(file)); err == nil {
		trees = append(trees, root)
	}
	for _, tree := range trees {
		if below(tree, file) && !resolvedBelow(tree, resolved) {
			return true
		}
	}
	return false
}

// below goes by the names alone, and by the place of the tree if its name has a link in it.
func below(tree, file string) bool {
	absTree, err := filepath.Abs(tree)
	if err != nil {
		return false
	}
	absFile, err := filepath.Abs(file)
	if err != nil {
		return false
	}
	if insideOf(absTree, absFile) {
		return true
	}
	resolved, err := filepath.EvalSymlinks(absTree)
	return err == nil && insideOf(resolved, absFile)
}

func resolvedBelow(tree, resolved string) bool {
	root, err := filepath.EvalSymlinks(tree)
	if err != nil {
		return false
	}
	if root, err = filepath.Abs(root); err != nil {
		return false
	}
	resolved, err = filepath.Abs(resolved)
	return err == nil && insideOf(root, resolved)
}

// insideOf goes by names without links in them.
func insideOf(tree, file string) bool {
	rel, err := filepath.Rel(tree, file)
	return err == nil && filepath.IsLocal(rel)
}

// refuseLink reports a file whose link is not followed. What it leads to is not looked at.
func refuseLink(file string, mistakes *diag.List) {
	target, err := os.Readlink(file)
	words := "is behind a symbolic link that leads"
	if err == nil {
		words = fmt.Sprintf("is a symbolic link to %q, which leads", target)
	}
	e := mistakes.Addf(diag.Range{File: strings.TrimPrefix(file, "."+string(filepath.Separator))}, "the file %s out of the source tree", words)
	e.Help = "put a copy in its place"
	if !strings.HasSuffix(file, dockerui.DefaultDockerignoreName) { // which --file does not name
		e.Help += ", or name the file itself with --file"
	}
}
