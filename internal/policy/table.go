package policy

import (
	"slices"

	"github.com/modship-build/modship/internal/rules"
)

// Rule is a row of the table of rules, and what looks for images that break it.
type Rule struct {
	rules.Rule
	check func(*checker)
	// documents says that the rule looks at documents alone, and at no file of the image.
	documents bool
}

// Table is a list of rules.
type Table []Rule

// Level is how bad a finding is.
type Level = rules.Level

// The levels, the worst last.
const (
	Off   = rules.Off
	Info  = rules.Info
	Warn  = rules.Warn
	Error = rules.Error
)

// Rules are the rules for images.
func Rules() Table {
	var t Table
	checks := checks()
	for _, r := range rules.For(rules.Images) {
		t = append(t, Rule{r, checks[r.ID], slices.Contains(ofDocuments, r.ID)})
	}
	return t
}

// ReadsFiles says whether a rule that is looked at wants the files of an image, so that its layers have to be read.
func (t Table) ReadsFiles(settings Settings) bool {
	return slices.ContainsFunc(t, func(r Rule) bool { return settings.wants(r) && !r.documents })
}

// Rows are the rules without what looks for images.
func (t Table) Rows() rules.Table {
	rows := make(rules.Table, len(t))
	for i, r := range t {
		rows[i] = r.Rule
	}
	return rows
}
