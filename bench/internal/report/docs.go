package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/bench/internal/result"
)

// Begin and end of the blocks of a page that are generated: the tables, and what they come to. They stand on lines of their own.
const (
	Begin        = "<!-- generated results: go run ./bench -update-docs results.json -->"
	End          = "<!-- end of results -->"
	BeginSummary = "<!-- generated from the results below -->"
	EndSummary   = "<!-- end of the summary -->"
)

// Update replaces the generated blocks of a page: the tables by those of the results, and the summary.
func Update(page string, r *result.Results) (string, error) {
	block, err := block(r)
	if err != nil {
		return "", err
	}
	page, err = Replace(page, Begin, End, block)
	if err != nil {
		return "", err
	}
	return Summarize(page)
}

// Summarize makes the summary of a page anew, from the tables that stand in it: sentences, and the chart of the file [ChartFile].
func Summarize(page string) (string, error) {
	text := strings.Join(Sentences(page), "\n") + "\n\n![Times of peers as multiples of modship's](" + ChartFile + ")\n\n"
	return Replace(page, BeginSummary, EndSummary, "\n"+strings.TrimLeft(text, "\n"))
}

// Replace replaces what stands between two lines of a page.
func Replace(page, begin, end, block string) (string, error) {
	before, rest, ok := strings.Cut(page, begin+"\n")
	if !ok {
		return "", errors.New("the page has no line " + begin)
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", errors.New("the page has no line " + end)
	}
	return before + begin + "\n" + block + end + after, nil
}

func block(r *result.Results) (string, error) {
	var b bytes.Buffer
	b.WriteString("\n")
	for _, line := range Facts(r) {
		fmt.Fprintf(&b, "%s\n", line)
	}
	b.WriteString("\n")
	for _, t := range append(Tables(r), Reach(r)) {
		if err := t.Markdown(&b); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}
