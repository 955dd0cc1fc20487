package docgen

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/rules"
)

// ruleSections has a section for each rule that images are held against.
func ruleSections() string {
	var b strings.Builder
	for _, r := range rules.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s The worst that it finds is of the level `%s`. It rests on <%s>.\n\nBad:\n\n%s\nGood:\n\n%s",
			r.ID, r.What, r.Why, r.Level, r.Spec, fenced(r.Bad), fenced(r.Good))
	}
	return b.String() + "\n"
}

func fenced(s string) string { return "```\n" + s + "\n```\n" }
