package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// unfetchedSubmodules are the folders of the context in which a submodule should be and nothing is. Of what is there, only the names are asked for.
func (b *builder) unfetchedSubmodules(ctx context.Context) (unfetched []string) {
	paths := b.submodules(ctx)
	if len(paths) == 0 {
		return nil
	}
	var patterns []string
	for _, sub := range paths {
		pattern := plan.EscapePattern(sub)
		patterns = append(patterns, pattern, "!"+pattern+"/*/*")
	}
	tree, err := b.context.own(ctx, "names in submodules", patterns)
	if err != nil {
		return nil
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return nil
	}
	files := reffs.FS(ctx, ref, 0)
	for _, sub := range paths {
		entries, err := fs.ReadDir(files, sub)
		if len(entries) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist)) {
			unfetched = append(unfetched, sub)
		}
	}
	return unfetched
}

// submodules are the folders of the context that the list of submodules names, as far as it can be read: where it is above the context, the client
// says them.
func (b *builder) submodules(ctx context.Context) []string {
	if sent := b.options.repository; sent != nil && len(sent.submodules) > 0 {
		return sent.submodules
	}
	tree, prefix, err := b.gitmodules(ctx)
	if err != nil {
		return nil
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return nil
	}
	text, err := fs.ReadFile(reffs.FS(ctx, ref, vcs.MaxGitmodules), ".gitmodules")
	if err != nil {
		return nil
	}
	paths, _ := vcs.SubmodulePaths(text, prefix)
	return paths
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
