package frontend

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
)

// levels say how bad it is to break a rule: as the configuration says; else as its line `# check=` does, or BUILDKIT_DOCKERFILE_CHECK in its
// place; else as the table of rules does.
type levels struct {
	configured map[string]string
	said       linter.Config
}

// checkLine is the name of the line that Dockerfiles have as well. Which rules it turns on that are being tried out is a matter of those.
const checkLine = "check"

// readLevels reads the line, but for a build argument that says other. That one is meant for several builds, and may name rules of others.
func readLevels(name string, text []byte, said *linter.Config) (levels, error) {
	if said != nil {
		return levels{said: *said}, nil
	}
	value, _, ranges, ok := parser.ParseDirective(checkLine, text)
	if !ok {
		return levels{}, nil
	}
	var mistakes diag.List
	at := diag.Range{File: name}
	if len(ranges) > 0 {
		at.Start, at.End = diag.Pos{Line: ranges[0].Start.Line, Col: 1}, diag.Pos{Line: ranges[0].End.Line, Col: ranges[0].End.Character + 1}
	}
	options, err := linter.ParseLintOptions(value)
	if err != nil {
		mistakes.Addf(at, "the line # check= cannot be read").Err = err
		return levels{}, mistakes.Err()
	}
	for _, id := range options.SkipRules {
		if _, err := rules.For(rules.Builds).Find(id); err != nil {
			mistakes.Addf(at, "the line # check= skips a rule that there is not").Err = err
		}
	}
	return levels{said: *options}, mistakes.Err()
}

// of is the level of a rule. What breaks none is a warning.
func (l levels) of(id string) rules.Level {
	rule, err := rules.For(rules.Builds).Find(id)
	configured, ok := l.configured[id]
	switch {
	case err != nil:
		return rules.Warn
	case ok:
		return rules.Level(configured)
	case l.said.SkipAll || slices.Contains(l.said.SkipRules, id):
		return rules.Off
	case l.said.ReturnAsError && rule.Level == rules.Warn:
		return rules.Error
	}
	return rule.Level
}
