package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/vcs"
)

// readCommit reads the repository. No repository is a reason for the build to fail: what cannot be known is left out, and
// the frontend says why.
func readCommit(_ context.Context, req request.VCS) error {
	found, err := commit(req)
	if err != nil && !errors.Is(err, vcs.ErrNoRepository) {
		found.Problem = err.Error()
	}
	return writeJSON(filepath.Join(request.Out, request.CommitFile), found)
}

func commit(req request.VCS) (found request.Commit, err error) {
	repo, err := vcs.Open(request.Git)
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
			return found, fmt.Errorf("comparing the files with the commit: %w", err)
		}
		found.Changed = append(found.Changed, changed...)
	}
	if len(found.Changed) > 0 {
		found.Facts = found.Facts.WithModified()
	}
	return found, nil
}
