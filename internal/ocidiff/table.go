package ocidiff

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	tabletext "github.com/jedib0t/go-pretty/v6/text"

	"github.com/modship-build/modship/internal/safetext"
)

// maxCell bounds a value of a table, and maxRows its rows.
const maxCell, maxRows = 48, 1000

// row is a value that differs between some of several images.
type row struct {
	in     []string
	level  Level
	path   string
	values []string // "" where the image has the value of the first
}

// Table writes the reports on several images, each compared with the first, as one table: a row for every value that differs, and a
// column for each image.
func (r Result) Table(w io.Writer) error {
	if len(r.Comparisons) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "1  %s  %s\n", r.Comparisons[0].A.Digest, safetext.Line(r.Comparisons[0].A.Reference))
	head := table.Row{"", "1"}
	for i, c := range r.Comparisons {
		fmt.Fprintf(&b, "%d  %s  %s: %s\n", i+2, c.B.Digest, safetext.Line(c.B.Reference), c.Verdict())
		head = append(head, fmt.Sprint(i+2))
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = tabletext.FormatDefault
	t.AppendHeader(head)
	rows := r.rows()
	for i, one := range rows[:min(len(rows), maxRows)] {
		if i == 0 || !slices.Equal(rows[i-1].in, one.in) {
			t.AppendSeparator()
			t.AppendRow(table.Row{heading(one.in)})
		}
		cells := table.Row{"  " + string(one.level) + " " + safetext.Short(one.path)}
		for _, v := range one.values {
			cells = append(cells, v)
		}
		t.AppendRow(cells)
	}
	if len(rows) > 0 {
		b.WriteString("\n" + t.Render() + "\n")
	}
	if more := len(rows) - maxRows; more > 0 {
		fmt.Fprintf(&b, "%d more\n", more)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rows gives the values in the order of the reports. What a comparison does not tell is as in the first image.
func (r Result) rows() []*row {
	var rows []*row
	known := map[string]*row{}
	for i, c := range r.Comparisons {
		for _, d := range c.Differences {
			for _, v := range d.values() {
				key := fmt.Sprintf("%q %s %q", d.In, d.Level, v.path)
				one := known[key]
				if one == nil {
					one = &row{in: d.In, level: d.Level, path: v.path, values: make([]string, len(r.Comparisons)+1)}
					known[key], rows = one, append(rows, one)
				}
				one.values[0], one.values[i+1] = v.a, v.b
			}
		}
	}
	for _, one := range rows {
		for i, v := range one.values {
			if v == "" {
				one.values[i] = "="
			}
		}
	}
	slices.SortStableFunc(rows, func(x, y *row) int {
		if order := slices.Compare(x.in, y.in); order != 0 || x.level != Files {
			return order
		}
		return strings.Compare(x.path, y.path)
	})
	return rows
}

type pathValue struct{ path, a, b string }

// values gives what differs: of a file its attributes, or its type if one image lacks it.
func (d Difference) values() []pathValue {
	if d.Diff != "" {
		return nil // too much for a cell, and the file's hash is in another row
	}
	if d.Level != Files {
		return []pathValue{{d.Path, cell(d.A), cell(d.B)}}
	}
	x, y := members(string(d.A)), members(string(d.B))
	if d.A == nil || d.B == nil {
		return []pathValue{{d.Path, typeCell(x), typeCell(y)}}
	}
	var all []pathValue
	for _, name := range unionKeys(x, y) {
		all = append(all, pathValue{d.Path + " " + name, attributeCell(name, x), attributeCell(name, y)})
	}
	return all
}

func typeCell(attributes map[string]any) string {
	if attributes == nil {
		return "none"
	}
	return attributeCell("type", attributes)
}

func attributeCell(name string, attributes map[string]any) string {
	value, ok := attributes[name]
	if !ok {
		return "none"
	}
	return short(attributeText(name, value))
}

// cell is a value, of a layer or a document the first digits of its digest.
func cell(v json.RawMessage) string {
	var l layerValue
	if json.Unmarshal(v, &l) == nil && l.Digest != "" {
		return fmt.Sprintf("%.19s, %d bytes", l.Digest, l.Size)
	}
	var s string
	if json.Unmarshal(v, &s) == nil && strings.HasPrefix(s, "sha256:") {
		return safetext.Line(s[:min(len(s), 19)])
	}
	if v == nil {
		return "none"
	}
	return short(safetext.Line(string(v)))
}

// short cuts a text that was made fit to be shown.
func short(s string) string {
	if len(s) <= maxCell {
		return s
	}
	return strings.ToValidUTF8(s[:maxCell], "") + "…"
}
