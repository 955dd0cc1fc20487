package frontend

import (
	"context"
	"fmt"
	"path"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/vcs"
	graph "github.com/modship-build/modship/llb"
)

// gitPatterns are what facts of a commit are read from, without hooks, logs, the index, and objects of git-lfs.
var gitPatterns = []string{
	".git/HEAD", ".git/config", ".git/commondir", ".git/gitdir", ".git/packed-refs", ".git/refs", ".git/shallow",
	".git/info", ".git/objects", ".git/modules",
}

// maxCommit bounds commit.json, in bytes.
const maxCommit = 1 << 20

// mergeCommit gives what commit the context is of, by its repository and by what the client says. Sources that disagree, and a
// repository that cannot be read, are warnings: a build does without.
func (b *builder) mergeCommit(ctx context.Context, found request.Commit) *vcs.Facts {
	if found.Problem != "" {
		b.warn(ctx, "the git repository of the build context tells nothing: "+found.Problem)
	}
	facts, disagreements := vcs.Merge(vcs.Source{Name: "the repository", Facts: found.Facts}, vcs.Source{Name: "the client", Facts: b.options.said})
	for _, d := range disagreements {
		b.warn(ctx, d)
	}
	if len(found.Changed) > 0 {
		b.warn(ctx, fmt.Sprintf("the image is not of commit %.12s alone: %s", facts.Revision, vcs.Differ(found.Changed)))
	}
	if facts == (vcs.Facts{}) {
		return nil
	}
	return &facts
}

// repositoryCommit reads the repository of the context, if there is one.
func (b *builder) repositoryCommit(ctx context.Context, in *input, p *plan.Plan, src graph.Sources) (request.Commit, error) {
	var found request.Commit
	git, pristine, err := b.gitFolder(ctx)
	if err != nil || git == nil {
		return found, err
	}
	var req request.VCS
	if sent := b.options.repository; sent != nil {
		req.Prefix, req.Folder = sent.prefix, sent.folder
	}
	module := in.Facts.ModuleOf(p.Main.Dir)
	req.Module = vcs.Module{Path: module.Path, Dir: path.Join(req.Prefix, module.Dir)}
	state, err := graph.Commit(p, b.host, src, *git, req, pristine)
	if err != nil {
		return found, err
	}
	if err := b.readJSON(ctx, state, request.CommitFile, maxCommit, &found); err != nil {
		return found, fmt.Errorf("reading the commit: %w", err)
	}
	return found, nil
}

// gitFolder gives a state that holds the folder .git, or nil. pristine says that the context is a checkout of the commit.
func (b *builder) gitFolder(ctx context.Context) (git *llb.State, pristine bool, err error) {
	const name = "git repository"
	var part llb.State
	checkout, pristine := b.gitContext()
	switch {
	case pristine:
		part = selectPart(checkout, name, gitPatterns)
	case b.options.repository != nil:
		part = llb.Local(vcs.Local, llb.IncludePatterns(append(gitPatterns, ".git/worktrees")),
			llb.SharedKeyHint("modship-"+name), llb.WithCustomName("[internal] load "+name))
	default:
		if part, err = b.context.part(ctx, name, gitPatterns); err != nil {
			return nil, false, err
		}
	}
	ref, err := b.solveState(ctx, part)
	if err != nil {
		return nil, false, err
	}
	if _, err := ref.StatFile(ctx, gateway.StatRequest{Path: ".git/HEAD"}); err != nil {
		return nil, false, nil // there is none, or .git is a file and the folder elsewhere
	}
	return &part, pristine, nil
}

// gitContext gives the context with its repository if it is a git URL.
func (b *builder) gitContext() (llb.State, bool) {
	keep := true
	checkout, isGit, err := dockerui.DetectGitContext(b.options.context, &keep)
	if b.context.remote == nil || !isGit || err != nil {
		return llb.State{}, false
	}
	return *checkout, true
}
