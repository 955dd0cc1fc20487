package ocidiff

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"io"

	"github.com/modship-build/modship/internal/safetext"
)

//go:embed report.html
var pageText string

// page escapes all values, and shows what nobody could see in them.
var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"line": safetext.Short, "sign": Difference.sign, "rows": Difference.pageRows, "groups": Report.groups,
}).Parse(pageText))

// HTML writes the reports as one page that needs nothing else.
func (r Result) HTML(w io.Writer) error { return page.Execute(w, r) }

// pageRow is a value on both sides; Name is "" if it is all that differs.
type pageRow struct {
	Name, A, B string
	HasA, HasB bool
}

// pageRows gives the values of a difference, of a file its attributes.
func (d Difference) pageRows() []pageRow {
	if d.Level != Files {
		return []pageRow{{"", pageValue(d.A), pageValue(d.B), d.A != nil, d.B != nil}}
	}
	x, y := members(string(d.A)), members(string(d.B))
	var rows []pageRow
	for _, name := range unionKeys(x, y) {
		one, inA := x[name]
		other, inB := y[name]
		row := pageRow{Name: name, HasA: inA, HasB: inB}
		if inA {
			row.A = safetext.Short(plain(one))
		}
		if inB {
			row.B = safetext.Short(plain(other))
		}
		rows = append(rows, row)
	}
	return rows
}

func pageValue(v json.RawMessage) string { return safetext.Short(plain(decode(v))) }

// plain is a JSON value, and a string without its quotation marks.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(encode(v))
}
