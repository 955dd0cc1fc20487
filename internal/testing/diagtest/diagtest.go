// Package diagtest is for tests alone: it shows the mistakes that package diag carries, and what their ranges hold.
package diagtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

// Show writes a line for each mistake that err wraps, with the end of its range where it has one.
func Show(err error) string {
	var b strings.Builder
	for _, e := range diag.All(err) {
		end := ""
		if e.Start.Line > 0 {
			end = fmt.Sprintf("-%d:%d", e.End.Line, e.End.Col)
		}
		fmt.Fprintf(&b, "%s%s: %s\n", e.Range, end, strings.TrimPrefix(e.Error(), e.Range.String()+": "))
	}
	return b.String()
}

// Cut is the part of text that r is the range of. It ends the test if r is not inside text.
func Cut(tb testing.TB, text string, r diag.Range) string {
	tb.Helper()
	part, err := cut(text, r)
	if err != nil {
		tb.Fatal(err)
	}
	return part
}

func cut(text string, r diag.Range) (string, error) {
	lines := strings.Split(text, "\n")
	var offsets [2]int
	for i, p := range []diag.Pos{r.Start, r.End} {
		if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > len(lines[p.Line-1])+1 {
			return "", fmt.Errorf("%v lies outside a file of %d lines (%v)", p, len(lines), r)
		}
		offsets[i] = p.Col - 1
		for _, l := range lines[:p.Line-1] {
			offsets[i] += len(l) + 1
		}
	}
	if offsets[1] < offsets[0] {
		return "", fmt.Errorf("%v ends before it starts", r)
	}
	return text[offsets[0]:offsets[1]], nil
}
