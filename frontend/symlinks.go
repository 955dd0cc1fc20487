package frontend

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

// linkedPart is a part of the context with what its symbolic links lead to. A client sends a link as what it is, and what it leads to
// only if a pattern names that too; so who reads the part says what was missing, and reads again.
type linkedPart struct {
	name     string
	patterns []string
	// noCode says that it has no code of the project, see [graph.Builder.Given].
	noCode bool
	// anywhere says that the patterns find their files wherever links lead.
	anywhere bool
	// asked are the paths that were missing so far; tree is the part with those of them that the context has.
	asked []string
	tree  graph.Tree
	// own is tree without what contexts lay over the build context.
	own graph.Tree
}

// maxRounds bounds how often a part is read again: one link may lead to the next.
const maxRounds = 40

// load gives the part as its patterns name it.
func (l *linkedPart) load(ctx context.Context, c *buildContext) (err error) {
	l.tree, l.own, err = l.part(ctx, c, l.name, l.patterns)
	return err
}

// part gives a part of the context that the linked part is made of, and the same without what is laid over the context.
func (l *linkedPart) part(ctx context.Context, c *buildContext, name string, patterns []string) (all, own graph.Tree, err error) {
	if l.noCode {
		own, err = c.partWithoutCode(ctx, name, patterns)
		return own, own, err
	}
	all, err = c.part(ctx, name, patterns)
	if err != nil || c.laid.Empty() {
		return all, all, err
	}
	own, err = c.own(ctx, name, patterns)
	return all, own, err
}

// rounds calls read for the part, and again while what it misses is in the context.
func (l *linkedPart) rounds(ctx context.Context, b *builder, read func() (missing []string, err error)) error {
	for range maxRounds {
		missing, err := read()
		if err != nil {
			return err
		}
		if more, err := l.complete(ctx, b, missing); err != nil || !more {
			return err
		}
	}
	return errors.New("the symbolic links of the build context lead to one another without an end")
}

// complete adds the paths that are missing, and tells whether there is anything new to read.
func (l *linkedPart) complete(ctx context.Context, b *builder, missing []string) (more bool, err error) {
	if !l.ask(missing) {
		return false, nil
	}
	return l.fill(ctx, b)
}

// ask notes paths that are missing, and tells whether any has not been asked for before.
func (l *linkedPart) ask(missing []string) (more bool) {
	known := len(l.asked)
	for _, name := range missing {
		if !slices.Contains(l.asked, name) {
			l.asked = append(l.asked, name)
		}
	}
	return len(l.asked) > known
}

// fill gives the part with what has been asked for, and tells whether the context has any of that.
func (l *linkedPart) fill(ctx context.Context, b *builder) (more bool, err error) {
	part, ownPart, err := l.part(ctx, &b.context, l.name, l.patterns)
	if err != nil {
		return false, err
	}
	names := l.patterns
	if l.anywhere {
		names = nil
	}
	linked, ownLinked, err := l.part(ctx, &b.context, "what links of the "+l.name+" lead to", missingPatterns(l.asked, names))
	if err != nil {
		return false, err
	}
	ref, err := b.solveTree(ctx, linked)
	if err != nil {
		return false, err
	}
	entries, err := ref.ReadDir(ctx, gateway.ReadDirRequest{Path: "."})
	if err != nil {
		return false, fmt.Errorf("looking for what links of the %s lead to: %w", l.name, err)
	}
	if len(entries) == 0 {
		return false, nil
	}
	overlay := func(part, linked graph.Tree) graph.Tree {
		return b.graph.Overlay("what links of the "+l.name+" lead to", part, linked)
	}
	l.tree, l.own = overlay(part, linked), overlay(ownPart, ownLinked)
	return true, nil
}

// missingPatterns name paths that may be files, links or folders, and of folders only what the patterns of a part name in them, for a
// client must not send more than a build can need. A folder on the way may be a link as well; then that is sent, and the next round
// follows it.
func missingPatterns(missing, names []string) []string {
	var patterns []string
	for depth := 0; ; depth++ {
		deeper := false
		for _, name := range missing {
			elements := strings.Split(name, "/")
			if depth >= len(elements) {
				continue
			}
			deeper = true
			p := plan.EscapePattern(path.Join(elements[:depth+1]...))
			patterns = append(patterns, p, "!"+p+"/*")
		}
		if !deeper {
			break
		}
	}
	for _, name := range missing {
		for _, pattern := range names {
			if base, anywhere := strings.CutPrefix(pattern, "**/"); anywhere {
				patterns = append(patterns, path.Join(plan.EscapePattern(name), "**", base))
			} else if base, ok := inVendor(pattern); ok { // name may be where the folder vendor leads
				patterns = append(patterns, path.Join(plan.EscapePattern(name), base))
			}
		}
	}
	return slices.Compact(patterns)
}

// inVendor gives what a pattern names in a folder vendor.
func inVendor(pattern string) (base string, ok bool) {
	_, base, ok = strings.Cut("/"+pattern, "/vendor/")
	return base, ok && pattern[0] != '!'
}
