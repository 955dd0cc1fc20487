package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/vcs"
	graph "github.com/modship-build/modship/llb"
)

// includeMiss is what compilers of C say of a header that they do not find.
var includeMiss = regexp.MustCompile(`(?:: No such file or directory|' file not found)$`)

// blameSubmodule says of what is missing in the build context whether it is in a submodule of git that nobody has fetched: then the folder is
// there and has nothing in it. What cannot be found out is left as it is, because the mistake is shown all the same.
func (b *builder) blameSubmodule(ctx context.Context, err error) error {
	var unfetched []string
	for i, m := range submoduleMistakes(err) {
		if i == 0 {
			unfetched = b.unfetchedSubmodules(ctx)
		}
		for _, sub := range unfetched {
			if has := isMissingIn(m, sub); has != "" {
				m.Help = fmt.Sprintf("%s %s, a submodule of git that is not fetched: %s", has, sub, b.fetchSubmodules())
				break
			}
		}
	}
	return err
}

// submoduleMistakes are those that a submodule may be the reason for.
func submoduleMistakes(err error) (list diag.List) {
	for _, m := range diag.All(err) {
		if m.Rule != rules.Dockerignore && (m.Missing != "" || m.Help == "" && includeMiss.MatchString(m.Msg)) {
			list = append(list, m)
		}
	}
	return list
}

// isMissingIn says how what is missing belongs to a submodule, "" if it does not. Of a pattern the submodule may have all that it matches; where
// compilers look for a header, only they know.
func isMissingIn(m *diag.Error, sub string) string {
	switch {
	case m.Missing == "":
		return "it may be in"
	case m.Missing == sub, strings.HasPrefix(m.Missing, sub+"/"):
		return "it is in"
	}
	if missed := embedMiss.FindStringSubmatch(m.Msg); missed != nil {
		folder, _, _ := strings.Cut(m.Missing, "*")
		if folder = strings.TrimSuffix(folder, "/"); strings.HasPrefix(sub, folder+"/") {
			return "it is in"
		}
	}
	return ""
}

// fetchSubmodules says how submodules are fetched.
func (b *builder) fetchSubmodules() string {
	if b.gitContext().pristine {
		return keepSubmodules
	}
	return initSubmodules
}

const (
	keepSubmodules = "take submodules=false out of the URL of the context"
	initSubmodules = "run `git submodule update --init --recursive` in the checkout, or give actions/checkout `submodules: recursive`"
)

// maxGitmodules bounds .gitmodules, in bytes.
const maxGitmodules = 1 << 20

// unfetchedSubmodules are the folders of the context in which a submodule should be and nothing is.
func (b *builder) unfetchedSubmodules(ctx context.Context) (unfetched []string) {
	tree, prefix, err := b.gitmodules(ctx)
	if err != nil {
		return nil
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return nil
	}
	text, err := fs.ReadFile(reffs.FS(ctx, ref, maxGitmodules), ".gitmodules")
	if err != nil {
		return nil
	}
	paths, _ := vcs.SubmodulePaths(text)
	for _, sub := range paths {
		if prefix != "." {
			below, ok := strings.CutPrefix(sub, prefix+"/")
			if !ok {
				continue
			}
			sub = below
		}
		if b.isEmpty(ctx, sub) {
			unfetched = append(unfetched, sub)
		}
	}
	return unfetched
}

// gitmodules is the tree with the list of submodules, at the root of the repository, of which the context is the folder prefix.
func (b *builder) gitmodules(ctx context.Context) (tree graph.Tree, prefix string, err error) {
	const name = "list of submodules"
	patterns := []string{".gitmodules"}
	if git := b.gitContext(); git.pristine && git.prefix != "." {
		tree, err = b.graph.Code(ctx, name, selectPart(git.checkout, name, patterns, nil))
		return tree, git.prefix, err
	}
	tree, err = b.context.own(ctx, name, patterns)
	return tree, ".", err
}

// isEmpty tells whether the context has nothing in a folder. Of what is there, only the names are asked for.
func (b *builder) isEmpty(ctx context.Context, dir string) bool {
	pattern := plan.EscapePattern(path.Clean(dir))
	tree, err := b.context.own(ctx, "names in a submodule", []string{pattern, "!" + pattern + "/*/*"})
	if err != nil {
		return false
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return false
	}
	entries, err := fs.ReadDir(reffs.FS(ctx, ref, 0), path.Clean(dir))
	return len(entries) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist))
}
