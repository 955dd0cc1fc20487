package docgen

import (
	"strings"

	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/scan"
)

// imageKeyTable has a row for each key that is written to images.
func imageKeyTable() string {
	var rows [][]string
	for _, k := range image.Keys() {
		index := "yes"
		if k.PerPlatform {
			index = "no"
		}
		rows = append(rows, []string{code(k.Name), k.Doc, index})
	}
	return table([]string{"Key", "Value", "In the index"}, rows)
}

// recipeTable has a row for each annotation that says how an image is made again.
func recipeTable() string {
	var rows [][]string
	for _, k := range image.RecipeKeys() {
		rows = append(rows, []string{code(k.Name), k.Doc})
	}
	return table([]string{"Key", "Value"}, rows)
}

// variableTable has a row for each fact that well-known variables are for.
func variableTable() string {
	var rows [][]string
	for _, fact := range []string{scan.FactVersion, scan.FactRevision, scan.FactCreated} {
		rows = append(rows, []string{code("${" + fact + "}"), code(strings.Join(scan.WellKnownNames(fact), "`, `"))})
	}
	return table([]string{"Value", "Names, in any case and with or without underscores"}, rows)
}
