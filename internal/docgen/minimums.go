package docgen

import (
	"strings"

	"github.com/modship-build/modship/internal/toolchain"
)

// minimumTable has a row for each line of Go releases of which not all compile C.
func minimumTable() string {
	var rows [][]string
	for _, m := range toolchain.Minimums() {
		oldest := "none"
		if m.Release != "" {
			oldest = strings.TrimPrefix(m.Release, "go")
		}
		var ids []string
		for _, f := range m.Because {
			ids = append(ids, f.ID)
		}
		rows = append(rows, []string{strings.TrimPrefix(m.Line, "go"), oldest, strings.Join(ids, ", "), "`TestCheckC`, `TestMinimums`"})
	}
	return table([]string{"Go", "First release that compiles C", "Because of", "Shown by"}, rows)
}

// faultTable has a row for each fault.
func faultTable() string {
	var rows [][]string
	for _, f := range toolchain.Faults() {
		rows = append(rows, []string{f.ID, sentence(f.What), strings.ReplaceAll(strings.Join(f.Fixed, ", "), "go1", "1"), "`TestCheckC`"})
	}
	return table([]string{"Fault", "What sources can do", "Fixed in", "Shown by"}, rows)
}
