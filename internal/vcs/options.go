package vcs

import (
	"regexp"
	"strings"
)

var revision = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// FromOptions reads what buildx says of a local context's repository (build/git.go of buildx v0.37): vcs:revision, the hash of
// HEAD and "-dirty" where git status, asked for with BUILDX_GIT_CHECK_DIRTY, shows any file, also an ignored one; and vcs:source, the
// URL of a remote. A value of another form counts as not given. Modified false says nothing here.
func FromOptions(opts map[string]string) Facts {
	f := Facts{Remote: NormalizeRemote(opts["vcs:source"])}
	hash, dirty := strings.CutSuffix(opts["vcs:revision"], "-dirty")
	if revision.MatchString(hash) {
		f.Revision, f.Modified = hash, dirty
	}
	return f
}

// What `modship build` says where the repository of a local context is not in the context itself: it sends the folder that
// holds .git as the local source Local.
const (
	// Local is the name of the local source.
	Local = "modship-git"
	// OptionPrefix is the context's folder in the checkout, "." for its root. It is set if Local is sent.
	OptionPrefix = "modship:git-prefix"
	// OptionFolder is the git folder below .git: "worktrees/NAME" of a worktree, "modules/NAME" of a submodule, else "".
	OptionFolder = "modship:git-folder"
)
