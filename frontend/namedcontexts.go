package frontend

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagename"
	"github.com/modship-build/modship/internal/rules"
)

// contextNames are names of contexts that were looked for. It is safe for concurrent use.
type contextNames struct {
	given sync.Map
	// images has each [contextImage].
	images sync.Map
}

func (c *contextNames) ask(name string) { c.given.LoadOrStore(contextName(name), false) }

// found notes that the caller of the build gives the context.
func (c *contextNames) found(name string) { c.given.Store(contextName(name), true) }

// all gives the names in order, and of those the ones of contexts that are given.
func (c *contextNames) all() (asked, given []string) {
	c.given.Range(func(name, is any) bool {
		asked = append(asked, name.(string))
		if is.(bool) {
			given = append(given, name.(string))
		}
		return true
	})
	slices.Sort(asked)
	slices.Sort(given)
	return asked, given
}

// contextImage is the image of a registry, with its digest, that a context is.
type contextImage struct{ name, ref string }

// foundImage notes which image a context is.
func (c *contextNames) foundImage(name, ref string) {
	c.images.Store(contextImage{contextName(name), ref}, nil)
}

// imagesOf gives the images that contexts of some names are.
func (c *contextNames) imagesOf(names []string) (refs []string) {
	c.images.Range(func(key, _ any) bool {
		if image := key.(contextImage); slices.Contains(names, image.name) {
			refs = append(refs, image.ref)
		}
		return true
	})
	return refs
}

// takenImages are the images whose files were taken, with their digests. It is safe for concurrent use.
type takenImages struct{ refs sync.Map }

// take notes what a name stands for, once for all platforms.
func (t *takenImages) take(name, pinned string) error {
	tagged, err := withTag(name, pinned)
	if err != nil {
		return err
	}
	if before, there := t.refs.LoadOrStore(name, tagged); there && before != tagged {
		return fmt.Errorf("it changed while it was resolved: %s, then %s", before, tagged)
	}
	return nil
}

// all gives the references in order.
func (t *takenImages) all() []string {
	var refs []string
	t.refs.Range(func(_, ref any) bool {
		refs = append(refs, ref.(string))
		return true
	})
	slices.Sort(refs)
	return slices.Compact(refs)
}

// contextPrefix begins the options that carry --build-context.
const contextPrefix = "context:"

// warnContexts names the contexts that nothing has asked for: a misspelled one would otherwise look as if it had been taken. complete says
// that all that would ask has done so; a build that failed before goes by what the configuration names.
func (b *builder) warnContexts(ctx context.Context, complete bool) {
	if b.entrypoint == nil || !complete && b.named == nil {
		return // there is no file to show a warning at, or nobody knows what would have been asked for
	}
	if !complete {
		for _, ref := range b.named {
			b.contexts.ask(ref)
		}
	}
	opts := b.ui.BuildOpts().Opts
	b.contexts.ask(opts["source"]) // BuildKit itself has asked for the frontend
	asked, _ := b.contexts.all()
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
			w.Help = "a named context stands in for an image that the configuration names or a module that go.mod replaces outside of the context, is one of source or image.files, or is modship-seed"
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
	name, err := imagename.OfContext(ref)
	if err != nil {
		return ref
	}
	return name
}
