package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
)

// A go.mod may replace a module by a folder outside of the build context. Where the caller of the build gives that folder as a named context,
// it is laid where the go command looks for it, so that no go.mod is changed: the build then is of a larger tree, in which the build context is
// a folder and has the others beside it.

// beside is a module that lies beside the build context.
type beside struct {
	gomod.Outside
	state llb.State
	// to is its place in the tree.
	to string
}

// aboveContext is the name of a folder that the build context is in, and of one above that: what it has for one on the machine of the
// user is not known.
const aboveContext = "context-of-modship"

// IsModuleContext tells whether a context of a name stands in for a module.
func IsModuleContext(name, modulePath string) bool {
	return contextName(name) == contextName(gomod.ContextName(modulePath))
}

// layModules finds out which contexts stand in for modules outside of the build context, by the module files in it, and lays them beside it.
// It gives the folder of the tree in which the build context lies then, "" if there are none.
func (b *builder) layModules(ctx context.Context, files fs.FS, at gomod.Place) (folder string, err error) {
	if len(namedContexts(b.ui.BuildOpts().Opts)) == 0 {
		return "", nil
	}
	outside, err := gomod.OutsideOf(files, at)
	if err != nil {
		return "", err
	}
	var found []beside
	var mistakes diag.List
	for _, o := range outside {
		switch state, err := b.moduleContext(ctx, o.Module); {
		case err != nil:
			mistakes = append(mistakes, &diag.Error{Range: o.Range, Msg: fmt.Sprintf("the build context %s is not usable", gomod.ContextName(o.Module)), Err: err, Fails: true})
		case state != nil:
			found = append(found, beside{Outside: o, state: *state})
		}
	}
	b.context.lieBeside(found)
	return b.context.at, mistakes.Err()
}

// moduleContext gives the files of the context that stands in for a module; nil if there is none.
func (b *builder) moduleContext(ctx context.Context, modulePath string) (*llb.State, error) {
	given, err := b.givenContext(ctx, gomod.ContextName(modulePath), b.graph.Code, b.platforms(b.options.targets)...)
	if err != nil || given == nil {
		return nil, err
	}
	files, err := b.graph.State(given.context)
	return &files, err
}

// lieBeside makes the tree of the build one that holds the modules.
func (c *buildContext) lieBeside(modules []beside) {
	depth := 0
	for _, m := range modules {
		depth = max(depth, foldersUp(m.Dir))
	}
	c.at = strings.TrimSuffix(strings.Repeat(aboveContext+"/", depth), "/")
	for i := range modules {
		modules[i].to = path.Join(c.at, modules[i].Dir)
	}
	c.besides = modules
}

// foldersUp counts the ".." that a clean path begins with.
func foldersUp(dir string) (n int) {
	for rest := dir + "/"; strings.HasPrefix(rest, "../"); n++ {
		rest = strings.TrimPrefix(rest, "../")
	}
	return n
}

// around gives what patterns name of the tree that the context is a folder of.
func (c *buildContext) around(ctx context.Context, name string, patterns []string) (llb.State, error) {
	changes := llb.Mkdir(path.Join("/", c.at), 0o755, llb.WithParents(true))
	if own := inFolder(c.at, patterns); len(own) > 0 {
		state, err := c.ofContext(ctx, name, own)
		if err != nil {
			return llb.State{}, err
		}
		changes = changes.Copy(state, "/", path.Join("/", c.at), &llb.CopyInfo{CopyDirContentsOnly: true})
	}
	for _, m := range c.besides {
		if own := inFolder(plan.EscapePattern(m.to), patterns); len(own) > 0 {
			changes = changes.Copy(m.state, "/", path.Join("/", m.to), &llb.CopyInfo{CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: own})
		}
	}
	return llb.Scratch().File(changes, llb.WithCustomName("[internal] add what modules beside the build context have of the "+name)), nil
}

// inFolder gives the patterns for a folder, which may have some of what patterns for a tree name; nil if it has nothing of that.
func inFolder(dir string, patterns []string) []string {
	var found []string
	names := false
	for _, p := range patterns {
		name := strings.TrimPrefix(p, "!")
		not := p[:len(p)-len(name)]
		rest, below := gomod.CutPath(name, dir)
		switch {
		case strings.HasPrefix(name, "**/"):
			rest = name
		case !below:
			continue
		case rest == "":
			rest = "*"
		}
		found, names = append(found, not+rest), names || not == ""
	}
	if !names {
		return nil
	}
	return found
}

// ofOwn gives the name that a file of the tree has in the build context; ok is false for one beside that.
func (c *buildContext) ofOwn(name string) (own string, ok bool) {
	if c.at == "" {
		return name, true
	}
	return gomod.CutPath(name, c.at)
}

const giveModule = "give the folder of the module, of a repository as in https://HOST/NAME.git#REF:FOLDER"

// checkModules finds contexts that are no modules.
func (c *buildContext) checkModules(files fs.FS) error {
	var mistakes diag.List
	for _, m := range c.besides {
		if _, err := fs.Stat(files, path.Join(m.to, "go.mod")); errors.Is(err, fs.ErrNotExist) {
			mistakes.Addf(m.Range, "the build context %s has no go.mod at its root", gomod.ContextName(m.Module)).Help = giveModule
		}
	}
	return mistakes.Err()
}

// rename has mistakes name files as the user knows them: from the build context.
func (c *buildContext) rename(mistakes []*diag.Error) {
	if c.at == "" {
		return
	}
	plain := strings.NewReplacer(c.at+"/", "", aboveContext+"/", "")
	for _, m := range mistakes {
		m.File, m.Msg, m.Help = c.shown(m.File), plain.Replace(m.Msg), plain.Replace(m.Help)
	}
}

// shown is the name of a file of the tree from the build context.
func (c *buildContext) shown(name string) string {
	if own, ok := c.ofOwn(name); ok {
		return own
	}
	for _, m := range c.besides {
		if rest, ok := gomod.CutPath(name, m.to); ok {
			return path.Join(m.Dir, rest)
		}
	}
	return name
}

// renamed is rename for what ends a build.
func (b *builder) renamed(err error) error {
	b.context.rename(diag.All(err))
	return err
}
