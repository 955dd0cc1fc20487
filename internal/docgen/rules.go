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
		rows = append(rows, []string{fmt.Sprintf("[%s](#%s)", code(r.ID), r.ID), buildLevel(r), r.What})
	}
	return table([]string{"Rule", "Level", "What must be so"}, rows)
}

// buildLevel is the level of a rule in builds.
func buildLevel(r rules.Rule) string {
	switch {
	case r.Fixed:
		return "the build is refused"
	case r.Asks:
		return code(string(r.Level)) + ", by `--call=check` alone"
	}
	return code(string(r.Level))
}

// ruleSections has a section for each rule.
func ruleSections() string {
	var b strings.Builder
	for _, r := range rules.All() {
		var levels []string
		if r.For&rules.Images != 0 {
			levels = append(levels, fmt.Sprintf("The worst that is found in images is of the level `%s`.", r.Level))
		}
		if r.For&rules.Builds != 0 {
			levels = append(levels, fmt.Sprintf("In builds: %s.", buildLevel(r)))
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s\n\n%s It rests on <%s>.\n\nBad:\n\n%s\nGood:\n\n%s",
			r.ID, r.What, r.Why, strings.Join(levels, " "), r.Spec, fenced(r.Bad), fenced(r.Good))
	}
	return b.String() + "\n"
}

func fenced(s string) string { return "```\n" + s + "\n```\n" }
