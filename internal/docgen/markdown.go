package docgen

import "strings"

// table writes a Markdown table.
func table(head []string, rows [][]string) string {
	var b strings.Builder
	writeRow(&b, head)
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, row := range rows {
		writeRow(&b, row)
	}
	return b.String()
}

func writeRow(b *strings.Builder, cells []string) {
	for _, cell := range cells {
		b.WriteString("| " + strings.ReplaceAll(oneLine(cell), "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}

// oneLine joins lines, which would end a row.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// code marks what is typed; nothing is not marked.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// sentence gives a text of the code a capital letter and a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
