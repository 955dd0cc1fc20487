package frontend

import (
	"slices"
	"strings"

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

var checkKeys = []string{"skip", "error", "experimental"}

// checkBuildArg is the build argument that takes the place of the line.
const checkBuildArg = "BUILDKIT_DOCKERFILE_CHECK"

// readLevels reads the line, but for a build argument that says other.
func readLevels(name string, text []byte, said *linter.Config) (levels, error) {
	if said != nil {
		return levels{said: *said}, nil
	}
	value, _, ranges, ok := parser.ParseDirective(checkLine, text)
	if !ok {
		return levels{}, nil
	}
	at := diag.Range{File: name}
	if len(ranges) > 0 {
		at.Start, at.End = diag.Pos{Line: ranges[0].Start.Line, Col: 1}, diag.Pos{Line: ranges[0].End.Line, Col: ranges[0].End.Character + 1}
	}
	options, err := parseCheck(at, "the line # check=", value)
	if err != nil {
		return levels{}, err
	}
	var mistakes diag.List
	for _, id := range options.SkipRules {
		if _, err := rules.For(rules.Builds).Find(id); err != nil {
			mistakes.Addf(at, "the line # check= skips a rule that there is not").Err = err
		}
	}
	return levels{said: *options}, mistakes.Err()
}

// checkArg finds mistakes in the build argument. It is meant for several builds and may name rules of others, but none that is nearly one
// of modship's.
func checkArg(opts map[string]string) error {
	options, err := parseCheck(diag.Range{}, checkBuildArg, opts["build-arg:"+checkBuildArg])
	if err != nil {
		return err
	}
	var mistakes diag.List
	known := rules.For(rules.Builds).IDs()
	for _, id := range options.SkipRules {
		if hint := diag.Suggest(id, known); hint != "" && !slices.Contains(known, id) {
			mistakes.Addf(diag.Range{}, "%s skips %q, which is no rule", checkBuildArg, id).Help = hint
		}
	}
	return mistakes.Err()
}

// parseCheck reads what is said of rules as Dockerfiles say it, at a place or by something that has a name.
func parseCheck(at diag.Range, what, value string) (*linter.Config, error) {
	options, err := linter.ParseLintOptions(value)
	if err == nil {
		return options, nil
	}
	mistake := &diag.Error{Range: at, Msg: what + " cannot be read", Err: err, Help: "write skip=RULE,RULE, skip=all or error=true, with a semicolon between two of them"}
	for part := range strings.SplitSeq(value, ";") {
		key, _, _ := strings.Cut(part, "=")
		key = strings.TrimSpace(key)
		if hint := diag.Suggest(key, checkKeys); hint != "" && !slices.Contains(checkKeys, key) {
			mistake.Help = hint
		}
	}
	return nil, mistake
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
