// Package rules is the one table of rules: for images, which oci-lint-go holds against them whoever built them, and for builds, of which
// modship says before and while it builds where they break one.
//
// A row says what a rule is called, how bad it is to break it, and what the manual says of it. Who looks for what breaks it is not told
// here: package policy does for images, package lint for builds.
package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Rule is one row of the table.
type Rule struct {
	ID string
	// Level is the worst that the rule finds in images, and in builds the level of all that it finds, unless the configuration says another.
	Level Level
	// For says what is held against the rule.
	For Subject
	// Fixed says that a build that breaks the rule is refused, whatever level the configuration would give it.
	Fixed bool
	// OnDemand says that it costs more to look than a build has time for, so that only `--call=check` does.
	OnDemand bool
	// Late says that a build alone comes to know it, after what `--call=check` looks at.
	Late bool
	// What says in a sentence what must be so, and Why what goes wrong if it is not.
	What, Why string
	// Bad and Good are how an image or a build comes to break the rule and how not: lines of a file, or of a shell.
	Bad, Good string
	// Spec is the document that it rests on.
	Spec string
	// Clouds are those that the rule is for; all and everywhere else, if it is empty.
	Clouds []string
	// URL is the page that explains the rule, "" for one that somebody wrote and that has none.
	URL string
}

// Subject is what a rule is for.
type Subject int

// The subjects. A rule may be for both.
const (
	Images Subject = 1 << iota
	Builds
)

// Consequences say in sentences of Markdown what it leads to that the rule is broken, by what it is for.
func (r Rule) Consequences() []string {
	var all []string
	if r.For&Images != 0 {
		all = append(all, fmt.Sprintf("The worst that is found in images is of the level `%s`.", r.Level))
	}
	if len(r.Clouds) > 0 {
		all = append(all, fmt.Sprintf("It is looked at for `--platform %s`.", strings.Join(r.Clouds, "`, `")))
	}
	if r.For&Builds != 0 {
		all = append(all, fmt.Sprintf("In builds: %s.", r.InBuilds()))
	}
	return all
}

// InBuilds says in Markdown what it leads to that a build breaks the rule.
func (r Rule) InBuilds() string {
	switch level := fmt.Sprintf("`%s`", r.Level); {
	case r.Fixed:
		return "the build is refused"
	case r.OnDemand:
		return level + ", by `--call=check` alone"
	case r.Late:
		return level + ", by a build alone"
	default:
		return level
	}
}

// Table is a list of rules.
type Table []Rule

// All is the table.
func All() Table {
	all := slices.Concat(imageRules(), cloudRules(), sharedRules(), buildRules())
	for i := range all {
		all[i].URL = "https://github.com/modship-build/modship/blob/main/docs/rules.md#" + all[i].ID
	}
	return all
}

// For gives the rules for a subject.
func For(s Subject) Table {
	var found Table
	for _, r := range All() {
		if r.For&s != 0 {
			found = append(found, r)
		}
	}
	return found
}

// Find gives a rule by its ID. The error says which may have been meant.
func (t Table) Find(id string) (Rule, error) {
	if r, ok := t.find(id); ok {
		return r, nil
	}
	wrong := &diag.Error{Msg: fmt.Sprintf("there is no rule %q", id), Help: cmp.Or(diag.Suggest(id, t.IDs()), "the rules are "+strings.Join(t.IDs(), ", "))}
	if other, ok := All().find(id); ok {
		wrong.Msg, wrong.Help = fmt.Sprintf("the rule %q is not for images but for builds", id), "modship check looks at it"
		if other.For == Images {
			wrong.Msg, wrong.Help = fmt.Sprintf("the rule %q is not for builds but for images", id), "oci-lint-go looks at it"
		}
	}
	return Rule{}, wrong
}

func (t Table) find(id string) (Rule, bool) {
	i := slices.IndexFunc(t, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return t[i], true
}

// IDs are those of the rules.
func (t Table) IDs() []string {
	ids := make([]string, len(t))
	for i, r := range t {
		ids[i] = r.ID
	}
	return ids
}
