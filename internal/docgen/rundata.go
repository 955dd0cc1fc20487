package docgen

import (
	"strings"

	"github.com/modship-build/modship/internal/startable"
)

// runDataTable has a row for each library that opens files when it runs.
func runDataTable() string {
	var rows [][]string
	for _, k := range startable.KnownLibraries() {
		var what []string
		for _, pattern := range k.Files {
			what = append(what, code(strings.ReplaceAll(pattern, "{lib}", "…")))
		}
		if k.Doc != "" {
			what = append(what, k.Doc)
		}
		rows = append(rows, []string{code(k.Library), strings.Join(what, ", "), k.Missing})
	}
	return table([]string{"Library", "What comes along", "Warning where it is not there"}, rows)
}
