package frontend

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/filekind"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	graph "github.com/modship-build/modship/llb"
)

// maxIncludes bounds includes.json, in bytes: package cinclude bounds the names in it.
const maxIncludes = 16 << 20

// maxRoundsOfC bounds how often files are asked for that files are included by which were asked for before.
const maxRoundsOfC = 100

// everything is the whole context but repositories: what C reads where only a preprocessor knows its names.
var everything = []string{"**", "!**/.git"}

// findIncludes takes from the context what C of the module's own packages may read. Most of it is known by its extension; whatever else
// is included is asked for by name, and so is what that includes in turn. Where names are made by macros, everything is taken.
func (b *builder) findIncludes(ctx context.Context, in *input, p *plan.Plan, src *graph.Sources) error {
	for range maxRoundsOfC {
		var err error
		if src.C, err = b.context.part(ctx, "C files", cPatterns(in.includes)); err != nil {
			return err
		}
		said, err := graph.Includes(p, b.host, *src)
		if err != nil {
			return err
		}
		var more cinclude.Found
		for _, state := range said {
			var found cinclude.Found
			if err := b.readJSON(ctx, state, request.IncludesFile, maxIncludes, &found); err != nil {
				return fmt.Errorf("finding what C includes: %w", err)
			}
			if more.Asked = append(more.Asked, found.Asked...); found.Unknown != "" {
				more.Unknown = found.Unknown
			}
		}
		before := in.includes
		if in.includes.Unknown == "" {
			in.includes = cinclude.Found{Asked: append(slices.Clone(before.Asked), more.Asked...), Unknown: more.Unknown}
			slices.Sort(in.includes.Asked)
			in.includes.Asked = slices.Compact(in.includes.Asked)
		}
		if len(in.includes.Asked) == len(before.Asked) && in.includes.Unknown == before.Unknown {
			return nil
		}
	}
	return errors.New("following what C includes: files include files, and that does not come to an end")
}

// cPatterns are patterns of all that C may read by what is known of it.
func cPatterns(known cinclude.Found) []string {
	if known.Unknown != "" {
		return everything
	}
	patterns := slices.Concat(filekind.ListedPatterns(), filekind.IncludedPatterns(), filekind.LinkedPatterns())
	patterns = slices.DeleteFunc(patterns, func(p string) bool { return p == "**/*.go" })
	for _, name := range known.Asked {
		patterns = append(patterns, "**/"+plan.EscapePattern(name))
	}
	return patterns
}
