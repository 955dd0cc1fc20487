package docgen

import (
	"strings"

	"github.com/modship-build/modship/internal/buildarg"
)

// buildArgTable has a row for each build argument with a meaning of its own.
func buildArgTable() string {
	var rows [][]string
	for _, arg := range buildarg.All() {
		name := code(arg.Name)
		if arg.AnyCase {
			name += ", " + code(strings.ToLower(arg.Name))
		}
		rows = append(rows, []string{name, sentence(arg.Doc)})
	}
	return table([]string{"Argument", "Meaning"}, rows)
}
