package docgen

import "github.com/modship-build/modship/internal/imagename"

// nameFieldTable has a row for each field of the names of images.
func nameFieldTable() string {
	var rows [][]string
	for _, f := range imagename.Fields() {
		rows = append(rows, []string{code("{" + f.Name + "}"), sentence(f.Doc), code(f.Example)})
	}
	return table([]string{"Field", "Value", "Example"}, rows)
}
