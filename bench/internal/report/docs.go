package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/bench/internal/result"
)

// Begin and end of the block of a page that is generated. They stand on lines of their own.
const (
	Begin = "<!-- generated results: go run ./bench -update-docs results.json -->"
	End   = "<!-- end of results -->"
)

// Update replaces the generated block of a page by the tables of the results.
func Update(page string, r *result.Results) (string, error) {
	before, rest, ok := strings.Cut(page, Begin+"\n")
	if !ok {
		return "", errors.New("the page has no line " + Begin)
	}
	_, after, ok := strings.Cut(rest, End)
	if !ok {
		return "", errors.New("the page has no line " + End)
	}
	block, err := block(r)
	if err != nil {
		return "", err
	}
	return before + Begin + "\n" + block + End + after, nil
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
