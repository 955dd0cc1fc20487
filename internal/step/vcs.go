package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/vcs"
)

// readCommit reads the repository. The build never fails for want of one: what cannot be known is left out, and the frontend
// says why.
func readCommit(_ context.Context, req request.VCS) error {
	found := withinTime(scan.Deadline, func() vcs.Found {
		found, err := inspect(req)
		if err != nil {
			found = vcs.Found{Problem: err.Error()}
		}
		return found
	})
	return writeJSON(filepath.Join(request.Out, request.CommitFile), found)
}

// withinTime leaves alone what takes too long, which the end of the process ends.
func withinTime(limit time.Duration, ask func() vcs.Found) vcs.Found {
	answer := make(chan vcs.Found, 1)
	go func() { answer <- ask() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case found := <-answer:
		return found
	case <-timer.C:
		return vcs.Found{Problem: fmt.Sprintf("the repository is not read after %v", limit)}
	}
}

func inspect(req request.VCS) (found vcs.Found, err error) {
	repo, err := vcs.Place{Git: filepath.Join(request.Git, ".git"), Folder: req.Folder}.Open()
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	var config []byte
	if req.Config != "" {
		if config, err = os.ReadFile(filepath.Join(request.Config, request.ConfigFile)); err != nil {
			return found, err
		}
	}
	var parts []fs.FS
	for i := range req.Parts {
		parts = append(parts, os.DirFS(filepath.Join(request.Source, strconv.Itoa(i))))
	}
	return repo.Inspect(req.Question, config, parts...), nil
}
