package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/vcs"
	graph "github.com/modship-build/modship/llb"
)

// gitPatterns are what facts of a commit are read from, without hooks, logs, the index, and objects of git-lfs. A context is
// never asked for configurations of git, in which there may be credentials: gitSecrets are those of submodules.
var (
	gitPatterns = []string{
		".git/HEAD", ".git/packed-refs", ".git/refs", ".git/shallow", ".git/info/attributes", ".git/info/exclude", ".git/objects", ".git/modules",
	}
	gitSecrets = []string{".git/modules/**/config", ".git/modules/**/config.worktree", ".git/modules/**/FETCH_HEAD", ".git/modules/**/hooks", ".git/modules/**/logs"}
)

// maxCommit bounds commit.json, in bytes.
const maxCommit = 1 << 20

// repositoryCommit reads the repository of the context, if there is one.
func (b *builder) repositoryCommit(ctx context.Context, in *input, d *plan.Draft, src graph.Sources) (vcs.Found, error) {
	var found vcs.Found
	git, err := b.gitFolder(ctx)
	if err != nil || git.tree.Empty() {
		return found, err
	}
	req := request.VCS{Folder: git.folder, Question: in.AskCommit(d, git.prefix, git.base)}
	if req.Pristine = git.pristine; !req.Pristine {
		req.Config = b.options.configPath
	}
	commit := b.graph.Commit(d, src, git.tree, req, b.entrypoint.Data)
	if err := b.readJSON(ctx, commit, request.CommitFile, maxCommit, &found); err != nil {
		return found, fmt.Errorf("reading the commit: %w", err)
	}
	if found.Facts.Remote == "" {
		found.Facts.Remote = git.remote
	}
	return found, nil
}

// gitFolder is where the repository of the context is.
type gitFolder struct {
	// tree holds the folder .git; it is empty if there is none.
	tree graph.Tree
	// prefix is the folder of the context in the checkout, or base that of the checkout in the context; folder is what a worktree has for itself
	// below .git.
	prefix, base, folder string
	// pristine says that the context is a checkout of the commit, from the repository at remote.
	pristine bool
	checkout llb.State
	remote   string
}

// gitFolder finds the repository. One that is there and cannot be read is an error.
func (b *builder) gitFolder(ctx context.Context) (gitFolder, error) {
	const name = "git repository"
	var (
		part llb.State
		err  error
	)
	git := b.gitContext()
	switch sent := b.options.repository; {
	case git.pristine:
		part = selectPart(git.checkout, name, gitPatterns, gitSecrets)
	case b.context.remote != nil:
		part = selectPart(*b.context.remote, name, gitPatterns, gitSecrets)
	case sent != nil:
		git.prefix, git.base, git.folder = sent.prefix, sent.base, sent.folder
		// Without a session, the folder would be another source, and be sent, each time that it is marshalled.
		part = llb.Local(vcs.Local, llb.SessionID(b.ui.BuildOpts().SessionID), llb.SharedKeyHint("modship-"+name), llb.WithCustomName("[internal] load "+name))
	default:
		ignored, err := b.ui.DockerIgnorePatterns(ctx)
		if err != nil {
			return gitFolder{}, fmt.Errorf("reading .dockerignore: %w", err)
		}
		if part, err = b.context.ofContext(ctx, name, gitPatterns, llb.ExcludePatterns(append(ignored, gitSecrets...))); err != nil {
			return gitFolder{}, err
		}
	}
	tree, err := b.graph.Code(ctx, name, part)
	if err != nil {
		return gitFolder{}, err
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return gitFolder{}, err
	}
	// Without HEAD there is none, or .git is a file and the folder elsewhere.
	if _, err := fs.Stat(reffs.FS(ctx, ref, maxCommit), ".git/HEAD"); errors.Is(err, fs.ErrNotExist) {
		return gitFolder{}, nil
	} else if err != nil {
		return gitFolder{}, fmt.Errorf("looking for the git repository of the build context: %w", err)
	}
	git.tree, git.base = tree, path.Join(b.context.at, git.base)
	return git, nil
}

// gitContext gives the repository of the context if it is a git URL: the whole of it, also where the context is a folder in it, in
// which BuildKit leaves the repository out.
func (b *builder) gitContext() gitFolder {
	if b.context.remote == nil {
		return gitFolder{}
	}
	ref, isGit, err := dfgitutil.ParseGitRef(b.options.context)
	if !isGit || err != nil {
		return gitFolder{} // it is an archive or another build, or BuildKit has refused it
	}
	opts := []llb.GitOption{llb.GitRef(ref.Ref), llb.KeepGitDir(), llb.WithCustomName("[internal] load the git repository")}
	if ref.Checksum != "" {
		opts = append(opts, llb.GitChecksum(ref.Checksum))
	}
	if ref.Submodules != nil && !*ref.Submodules {
		opts = append(opts, llb.GitSkipSubmodules())
	}
	if ref.FetchByCommit {
		opts = append(opts, llb.GitFetchByCommit())
	}
	return gitFolder{checkout: llb.Git(ref.Remote, "", opts...), prefix: path.Join(".", ref.SubDir), pristine: true,
		remote: vcs.NormalizeRemote(ref.Remote)}
}
