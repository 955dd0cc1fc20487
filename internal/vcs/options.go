package vcs

import (
	"io/fs"
	"path"
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

// What `modship build` says of the repository that a local context is in: it sends a copy of the git folder, without what may be
// secret, as the folder .git of the local source Local.
const (
	// Local is the name of the local source.
	Local = "modship-git"
	// OptionPrefix is the context's folder in the checkout, "." for its root. It is set if Local is sent.
	OptionPrefix = "modship:git-prefix"
	// OptionBase is the folder of the context that the checkout is in, where the context is above it; else it is not set.
	OptionBase = "modship:git-base"
	// OptionConfig is where in the checkout the configuration of the build is, "" if it is not in it.
	OptionConfig = "modship:git-config"
	// OptionFolder is what a worktree has for itself below .git, "worktrees/NAME", else "".
	OptionFolder = "modship:git-folder"
	// OptionSubmodules are the folders of submodules in the context, in lines, where the list of them is above it; else it is not set.
	OptionSubmodules = "modship:git-submodules"
)

// ConfigPath gives where in the checkout of the context the configuration of the build is, as far as the client says: `modship
// build` in [OptionConfig], buildx by the folder that it is in. A client that says nothing has it in the context, if anywhere in the
// checkout.
func ConfigPath(opts map[string]string) string {
	name, ok := opts[OptionConfig]
	if !ok {
		dir := opts["vcs:localdir:dockerfile"]
		if file := opts["filename"]; file != "" {
			name = path.Join(dir, file)
		} else {
			name = path.Join(dir, "Dockerfile")
		}
	}
	if !fs.ValidPath(name) || name == "." {
		return ""
	}
	return name
}
