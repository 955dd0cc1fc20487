package frontend

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// maxIncludes bounds includes.json, in bytes: package cinclude bounds the names in it.
const maxIncludes = 16 << 20

// maxRoundsOfC bounds how often files are asked for that files are included by which were asked for before.
const maxRoundsOfC = 100

// everything is the whole context but repositories: what C reads where only a preprocessor knows its names.
var everything = []string{"**", "!**/.git"}

// ownC is the part of the context that C of the module's own packages may read, and what that was found to be so far.
type ownC struct {
	part  linkedPart
	known cinclude.Found
}

// findIncludes takes from the context what C of the module's own packages may read. Most of it is known by its extension; whatever else
// is included is asked for by name, and so is what that includes in turn, and links on the way. Where names are made by macros,
// everything is taken.
func (b *builder) findIncludes(ctx context.Context, c *ownC, d *plan.Draft, src *graph.Sources) error {
	for range maxRoundsOfC {
		c.part.patterns = cPatterns(c.known)
		if err := b.loadC(ctx, &c.part); err != nil {
			return err
		}
		src.C = c.part.tree
		if src.Own != nil {
			src.Own.C = c.part.own
		}
		more, err := b.readIncludes(ctx, b.graph.Includes(d, *src))
		if err != nil {
			return err
		}
		before := c.known
		if c.known.Unknown == "" {
			c.known = cinclude.Found{Asked: append(slices.Clone(before.Asked), more.Asked...), Unknown: more.Unknown}
			slices.Sort(c.known.Asked)
			c.known.Asked = slices.Compact(c.known.Asked)
		}
		linked := c.part.ask(more.Missing)
		if len(c.known.Asked) == len(before.Asked) && c.known.Unknown == before.Unknown && !linked {
			return nil
		}
	}
	return errors.New("following what C includes: files include files, and that does not come to an end")
}

// loadC takes the part for C by what is known.
func (b *builder) loadC(ctx context.Context, part *linkedPart) error {
	if err := part.load(ctx, &b.context); err != nil || len(part.asked) == 0 {
		return err
	}
	_, err := part.fill(ctx, b)
	return err
}

// readIncludes puts together what the steps have said.
func (b *builder) readIncludes(ctx context.Context, said []graph.Tree) (cinclude.Found, error) {
	var all cinclude.Found
	for _, tree := range said {
		var found cinclude.Found
		if err := b.readJSON(ctx, tree, request.IncludesFile, maxIncludes, &found); err != nil {
			return all, fmt.Errorf("finding what C includes: %w", err)
		}
		all.Asked, all.Missing = append(all.Asked, found.Asked...), append(all.Missing, found.Missing...)
		if found.Unknown != "" {
			all.Unknown = found.Unknown
		}
	}
	return all, nil
}

// cPatterns are patterns of all that C may read by what is known of it.
func cPatterns(known cinclude.Found) []string {
	if known.Unknown != "" {
		return everything
	}
	patterns := slices.Concat(gofiles.ListedPatterns(), gofiles.IncludedPatterns(), gofiles.LinkedPatterns())
	patterns = slices.DeleteFunc(patterns, func(p string) bool { return p == "**/*.go" })
	for _, name := range known.Asked {
		patterns = append(patterns, "**/"+plan.EscapePattern(name))
	}
	return patterns
}
