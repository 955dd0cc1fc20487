package docgen

import "github.com/modship-build/modship/internal/ctoolchain"

// flagForms has a row for each kind of flags of a C compiler.
func flagForms(forms []ctoolchain.FlagForm) string {
	var rows [][]string
	for _, f := range forms {
		rows = append(rows, []string{code(f.Pattern), sentence(f.Meaning)})
	}
	return table([]string{"Flag", "Meaning"}, rows)
}
