//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/modship-build/modship/bench/internal/report"
)

// docsPage is the page with the results, relative to the repository's root.
const docsPage = "docs/image-performance.md"

// Begin and end of the block of the page that is generated.
const (
	begin = "<!-- generated results: go run ./bench/images -update-docs bench/images/testdata/results.json -->"
	end   = "<!-- end of results -->"
)

func updateDocs(file string) error {
	r, err := readResults(file)
	if err != nil {
		return err
	}
	page, err := os.ReadFile(docsPage)
	if err != nil {
		return err
	}
	updated, err := r.update(string(page))
	if err != nil {
		return fmt.Errorf("%s: %w", docsPage, err)
	}
	return os.WriteFile(docsPage, []byte(updated), 0o644)
}

// update puts the results into the page.
func (r *results) update(page string) (string, error) {
	var b bytes.Buffer
	b.WriteString("\n")
	for _, line := range r.facts() {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	b.WriteString("\n")
	for _, t := range r.tables() {
		if err := t.Markdown(&b); err != nil {
			return "", err
		}
	}
	return report.Replace(page, begin, end, b.String())
}
