// Package rules is the one table of rules: for images, which oci-lint-go holds against them whoever built them, and for builds, of which
// modship says before and while it builds where they break one.
//
// A row says what a rule is called, how bad it is to break it, and what the manual says of it. Who looks for what breaks it is not told
// here: package policy does for images, package lint for builds.
package rules

import (
	"fmt"
	"slices"
	"strings"
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
	// Asks says that other machines are asked, so that the rule is looked at on demand alone: by `--call=check`.
	Asks bool
	// What says in a sentence what must be so, and Why what goes wrong if it is not.
	What, Why string
	// Bad and Good are how an image or a build comes to break the rule and how not: lines of a file, or of a shell.
	Bad, Good string
	// Spec is the document that it rests on.
	Spec string
	// Clouds are those that the rule is for; all and everywhere else, if it is empty.
	Clouds []string
	// Page is where the rule is explained, "" for the manual.
	Page string
}

// Subject is what a rule is for.
type Subject int

// The subjects. A rule may be for both.
const (
	Images Subject = 1 << iota
	Builds
)

// URL is the page of the rule.
func (r Rule) URL() string {
	if r.Page != "" {
		return r.Page
	}
	return "https://github.com/modship-build/modship/blob/main/docs/rules.md#" + r.ID
}

// Table is a list of rules.
type Table []Rule

// All is the table.
func All() Table { return slices.Concat(imageRules(), cloudRules(), sharedRules(), buildRules()) }

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

// Find gives a rule by its ID.
func (t Table) Find(id string) (Rule, error) {
	for _, r := range t {
		if r.ID == id {
			return r, nil
		}
	}
	return Rule{}, fmt.Errorf("there is no rule %q; the rules are %s", id, strings.Join(t.IDs(), ", "))
}

// IDs are those of the rules.
func (t Table) IDs() []string {
	ids := make([]string, len(t))
	for i, r := range t {
		ids[i] = r.ID
	}
	return ids
}
