package annotate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/project"
	"github.com/modship-build/modship/internal/vcs"
)

// readCommit finds out what commit the folder is of. A repository that cannot be read is a warning: what it would have told is
// left out.
func (m *module) readCommit(ctx context.Context, d *plan.Draft) *vcs.Facts {
	found, err := m.inspect(d)
	if err != nil {
		m.warnf("revision and version are not known: %v", err)
	}
	return project.SettleCommit(ctx, m, found, vcs.Facts{})
}

// inspect asks the repository what a build asks.
func (m *module) inspect(d *plan.Draft) (found vcs.Found, err error) {
	root, _, err := vcs.FindCheckout(filepath.Join(m.request.Dir, filepath.FromSlash(m.request.Folder)))
	if err != nil {
		return found, err
	}
	prefix, base, err := vcs.Position(root, m.request.Dir)
	if err != nil {
		return found, err
	}
	repo, err := vcs.Open(root)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	repo.Adopt(m.request.Git)
	used, err := m.tree.sources(append(d.Shipped(), m.partOfC(d)))
	if err != nil {
		return found, fmt.Errorf("listing the files of the build: %w", err)
	}
	question := m.project.AskCommit(d, prefix, base)
	question.Config = vcs.InCheckout(root, m.request.File)
	return repo.Inspect(question, m.request.Config, used), nil
}
