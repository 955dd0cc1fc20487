package docgen

import (
	"strings"

	"github.com/modship-build/modship/internal/config"
)

// otherWordTable has a row for each thing that other tools call otherwise.
func otherWordTable() string {
	var rows [][]string
	for _, w := range config.OtherWords() {
		of := w.Of
		if w.In != "" {
			of += ", below " + code(w.In)
		}
		rows = append(rows, []string{codes(w.Words), of, codes(w.Keys), sentence(w.Note)})
	}
	return table([]string{"Key", "Of", "Here", "Note"}, rows)
}

// codes lists words.
func codes(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = code(w)
	}
	return strings.Join(all, ", ")
}
