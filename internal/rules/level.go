package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Level is how bad a finding is.
type Level string

// The levels, the worst last.
const (
	// Off is for a rule that is not looked at.
	Off Level = "off"
	// Info is advice: the deployment decides, not the image.
	Info Level = "info"
	// Warn is what fails where a common policy is in force, or misleads.
	Warn Level = "warn"
	// Error is what cannot start, is not true, or gets round a policy.
	Error Level = "error"
)

var levels = []Level{Off, Info, Warn, Error}

// Rank orders levels, the worst last.
func (l Level) Rank() int { return slices.Index(levels, l) }

// AtLeast says that a level is as bad as another or worse.
func (l Level) AtLeast(other Level) bool { return l.Rank() >= other.Rank() }

// ParseLevel reads a level.
func ParseLevel(s string) (Level, error) {
	if l := Level(s); slices.Contains(levels, l) {
		return l, nil
	}
	return "", &diag.Error{Msg: fmt.Sprintf("the level %q is not off, info, warn or error", s), Help: diag.Suggest(s, []string{"off", "info", "warn", "error"})}
}

// ParseLevels reads levels of rules as RULE=LEVEL.
func (t Table) ParseLevels(list []string) (map[string]Level, error) {
	set := map[string]Level{}
	for _, entry := range list {
		id, value, _ := strings.Cut(entry, "=")
		if _, err := t.Find(id); err != nil {
			return nil, err
		}
		level, err := ParseLevel(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		set[id] = level
	}
	return set, nil
}
