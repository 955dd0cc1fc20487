package frontend

import (
	"context"
	"fmt"
	"path"
	"regexp"

	"github.com/moby/patternmatcher"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
)

// embedMiss is what cmd/go says of a pattern of go:embed that names no file (cmd/go/internal/load, EmbedError).
var embedMiss = regexp.MustCompile(`^pattern (?:all:)?(.+): (no matching files found|cannot embed directory .*: contains no embeddable files)$`)

// helpEmbed says why the build context may lack what a pattern of go:embed names.
func (b *builder) helpEmbed(ctx context.Context, m *diag.Error) {
	missed := embedMiss.FindStringSubmatch(m.Msg)
	if missed == nil || m.Help != "" {
		return
	}
	excludes, err := b.ui.DockerIgnorePatterns(ctx)
	if err != nil {
		excludes = nil // it has been read for the context, so this is a lost connection: the mistake is shown all the same
	}
	m.Missing = path.Join(path.Dir(m.File), missed[1])
	name, _ := b.context.ofOwn(m.Missing)
	m.Help = embedAdvice(excludes, name)
	if _, hidden := hiddenBy(excludes, name); hidden {
		m.Rule = rules.Dockerignore
	}
}

func embedAdvice(excludes []string, name string) string {
	if line, hidden := hiddenBy(excludes, name); hidden {
		return fmt.Sprintf("the line %q of .dockerignore leaves %s out of the build context; add the line %q below it", line, name, "!"+name)
	}
	if len(excludes) > 0 {
		return "the build context has no such file: if a generator makes it, run that before; see also whether .dockerignore leaves it out"
	}
	return "the build context has no such file: if a generator makes it, run that before"
}

// hiddenBy gives the pattern of an ignore file that decides that a file is no part of the context: the last one that matches it, or a
// folder that it is in.
func hiddenBy(excludes []string, name string) (pattern string, hidden bool) {
	if !excluded(excludes, name) {
		return "", false
	}
	for _, p := range excludes {
		if excluded([]string{p}, name) {
			pattern = p
		}
	}
	return pattern, true
}

func excluded(patterns []string, name string) bool {
	m, err := patternmatcher.New(patterns)
	if err != nil {
		return false
	}
	matched, err := m.MatchesOrParentMatches(name)
	return err == nil && matched
}
