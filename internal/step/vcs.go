package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/vcs"
)

// readCommit reads the repository. The build never fails for want of one: what cannot be known is left out, and the frontend
// says why.
func readCommit(_ context.Context, req request.VCS) error {
	found, err := commit(req)
	if err != nil && !errors.Is(err, vcs.ErrNoRepository) {
		found.Problem = err.Error()
	}
	return writeJSON(filepath.Join(request.Out, request.CommitFile), found)
}

func commit(req request.VCS) (found request.Commit, err error) {
	checkout, err := openCheckout(req.Folder)
	if err != nil {
		return found, err
	}
	repo, err := vcs.Open(checkout)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	if found.Facts, err = repo.Facts(req.Module); err != nil {
		return request.Commit{}, err
	}
	for i := range req.Parts {
		part := os.DirFS(filepath.Join(request.Source, strconv.Itoa(i)))
		changed, err := repo.Modified(part, req.Prefix)
		if err != nil {
			// Nothing is said of a commit that the build may differ from.
			unknown := request.Commit{Facts: vcs.Facts{Remote: found.Facts.Remote}}
			return unknown, fmt.Errorf("comparing the files with the commit: %w", err)
		}
		found.Changed = append(found.Changed, changed...)
	}
	slices.Sort(found.Changed)
	found.Changed = slices.Compact(found.Changed) // platforms share most files
	if len(found.Changed) > 0 {
		found.Facts = found.Facts.WithModified()
	}
	return found, nil
}

// openCheckout gives the folder that holds .git. That of a worktree or a submodule is a file, which names a folder as it was
// on the machine of the client.
func openCheckout(folder string) (string, error) {
	if folder == "" {
		return request.Git, nil
	}
	if !filepath.IsLocal(folder) {
		return "", fmt.Errorf("the git folder %q leaves the repository", folder)
	}
	checkout := filepath.Join(request.Temp, "checkout")
	if err := os.MkdirAll(checkout, 0o755); err != nil {
		return "", err
	}
	link := "gitdir: " + filepath.Join(request.Git, ".git", folder) + "\n"
	return checkout, os.WriteFile(filepath.Join(checkout, ".git"), []byte(link), 0o644)
}
