package docgen

import (
	"strings"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/cgofacts"
)

// cFunctionTable has a row for each reason why C functions matter.
func cFunctionTable() string {
	var rows [][]string
	for _, g := range cgofacts.RiskGroups() {
		rows = append(rows, []string{string(g.Class), code(strings.Join(g.Symbols, "`, `")), sentence(g.Reason)})
	}
	return table([]string{"Class", "Functions", "It …"}, rows)
}

// embeddedTable has a row for each text by which a C library is known.
func embeddedTable() string {
	var rows [][]string
	for _, e := range cgofacts.EmbeddedPatterns() {
		rows = append(rows, []string{e.Library, code(e.Pattern)})
	}
	return table([]string{"Library", "Text"}, rows)
}

// cRuleTable has a row for each rule of cgo-check.
func cRuleTable() string {
	var rows [][]string
	for _, r := range cgocheck.Rules() {
		rows = append(rows, []string{`<a id="` + r.ID + `"></a>` + code(r.ID), string(r.Level), sentence(r.Doc)})
	}
	return table([]string{"Rule", "Level", "Meaning"}, rows)
}
