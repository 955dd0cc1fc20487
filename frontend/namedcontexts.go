package frontend

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
)

// contextPrefix begins the options that carry --build-context.
const contextPrefix = "context:"

// warnContexts names the contexts that nothing has asked for: a misspelled one would otherwise look as if it had been taken. complete says
// that all that would ask has done so; a build that failed before goes by what the configuration names.
func (b *builder) warnContexts(ctx context.Context, complete bool) {
	if b.entrypoint == nil || !complete && b.images == nil {
		return // there is no file to show a warning at, or nobody knows what would have been asked for
	}
	if !complete {
		for _, ref := range b.images {
			b.contextsAsked.Store(contextName(ref), nil)
		}
	}
	opts := b.ui.BuildOpts().Opts
	b.contextsAsked.Store(contextName(opts["source"]), nil) // BuildKit itself has asked for the frontend
	var asked []string
	b.contextsAsked.Range(func(name, _ any) bool {
		asked = append(asked, name.(string))
		return true
	})
	for _, w := range unusedContexts(opts, asked) {
		b.warnAt(ctx, w)
	}
}

func unusedContexts(opts map[string]string, asked []string) []*diag.Error {
	var warnings []*diag.Error
	for _, name := range namedContexts(opts) {
		if slices.Contains(asked, contextName(name)) {
			continue
		}
		w := &diag.Error{Msg: fmt.Sprintf("the build context %s is not used", name), Help: diag.Suggest(name, asked), Rule: rules.UnusedContext}
		if w.Help == "" {
			w.Help = "a named context stands in for an image that the configuration names, is one of source or image.files, or is modship-seed"
		}
		warnings = append(warnings, w)
	}
	return warnings
}

// namedContexts gives the names of --build-context as they were written, sorted and without platforms.
func namedContexts(opts map[string]string) []string {
	var names []string
	for key := range opts {
		if name, ok := strings.CutPrefix(key, contextPrefix); ok {
			name, _, _ = strings.Cut(name, "::")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// contextName is the name by which dockerui looks for the context of an image.
func contextName(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return strings.TrimSuffix(reference.FamiliarString(named), ":latest")
}
