package docgen

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/rules"
)

// ruleTable lists the rules for builds, with their levels.
func ruleTable() string {
	var rows [][]string
	for _, r := range rules.For(rules.Builds) {
		rows = append(rows, []string{fmt.Sprintf("[%s](#%s)", code(r.ID), r.ID), r.InBuilds(), r.What})
	}
	return table([]string{"Rule", "Level", "What must be so"}, rows)
}

// cloudTable lists the rules of clouds, with the documents that they rest on.
func cloudTable() string {
	var rows [][]string
	for _, r := range rules.For(rules.Images) {
		if len(r.Clouds) > 0 {
			rows = append(rows, []string{fmt.Sprintf("[%s](rules.md#%s)", code(r.ID), r.ID), code(strings.Join(r.Clouds, "`, `")), code(string(r.Level)), "<" + r.Spec + ">"})
		}
	}
	return table([]string{"Rule", "Platforms", "Worst level", "Document"}, rows)
}

// ruleSections has a section for each rule.
func ruleSections() string {
	var b strings.Builder
	for _, r := range rules.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s\n\n%s It rests on <%s>.\n\nBad:\n\n%s\nGood:\n\n%s",
			r.ID, r.What, r.Why, strings.Join(r.Consequences(), " "), r.Spec, fenced(r.Bad), fenced(r.Good))
	}
	return b.String() + "\n"
}

func fenced(s string) string { return "```\n" + s + "\n```\n" }
