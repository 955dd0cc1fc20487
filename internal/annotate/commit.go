package annotate

import (
	"errors"
	"fmt"
	"path"

	"github.com/modship-build/modship/internal/checkout"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/vcs"
)

// readCommit finds out what commit the folder is of. A repository that cannot be read is a warning: what it would have told is
// left out.
func (m *module) readCommit(p *plan.Plan) error {
	facts, changed, err := m.commit(p)
	switch {
	case errors.Is(err, vcs.ErrNoRepository):
		m.warnf("revision and version are not known: %v", err)
	case err != nil:
		m.warnf("the git repository does not tell everything: %v", err)
	}
	if len(changed) > 0 {
		facts = facts.WithModified()
		m.warnf("the version is marked as modified: %s", vcs.Differ(changed))
	}
	if facts != (vcs.Facts{}) {
		m.input.VCS = &facts
	}
	return nil
}

// commit reads the repository, and compares with its commit the files that an image would be made of.
func (m *module) commit(p *plan.Plan) (facts vcs.Facts, changed []string, err error) {
	root, prefix, err := checkout.Find(m.request.Dir)
	if err != nil {
		return facts, nil, err
	}
	repo, err := vcs.Open(root)
	if err != nil {
		return facts, nil, err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	own := m.input.Facts.ModuleOf(p.Main.Dir)
	if facts, err = repo.Facts(vcs.Module{Path: own.Path, Dir: path.Join(prefix, own.Dir)}); err != nil {
		return vcs.Facts{}, nil, err
	}
	// Without a comparison nothing is said of a commit that the build may differ from.
	unknown := vcs.Facts{Remote: facts.Remote}
	used, err := m.tree.sources(p)
	if err != nil {
		return unknown, nil, fmt.Errorf("listing the files of the build: %w", err)
	}
	if changed, err = repo.Modified(used, prefix); err != nil {
		return unknown, nil, fmt.Errorf("comparing the files with the commit: %w", err)
	}
	return facts, changed, nil
}
