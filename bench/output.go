//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/bench/internal/report"
	"github.com/modship-build/modship/bench/internal/result"
)

// docsPage is the page with the results, relative to the repository's root.
const docsPage = "docs/performance.md"

func (o options) print(w io.Writer, r *result.Results) error {
	for _, line := range report.Facts(r) {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	tables := report.Tables(r)
	if o.reach {
		tables = append(tables, report.Reach(r))
	}
	for _, t := range tables {
		write := t.Text
		if o.markdown {
			write = t.Markdown
		}
		if err := write(w); err != nil {
			return err
		}
	}
	return nil
}

func readAll(files []string) (*result.Results, error) {
	var runs []*result.Results
	for _, name := range files {
		r, err := readFile(name)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return result.Merge(runs)
}

func readFile(name string) (*result.Results, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := result.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

func updateDocs(files []string) error {
	page, err := os.ReadFile(docsPage)
	if err != nil {
		return err
	}
	updated, err := updatePage(string(page), files)
	if err != nil {
		return fmt.Errorf("%s: %w", docsPage, err)
	}
	if err := os.WriteFile(docsPage, []byte(updated), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(filepath.Dir(docsPage), report.ChartFile), []byte(report.Chart(updated)), 0o644)
}

// updatePage leaves the tables as they are if there are no files.
func updatePage(page string, files []string) (string, error) {
	if len(files) == 0 {
		return report.Summarize(page)
	}
	r, err := readAll(files)
	if err != nil {
		return "", err
	}
	return report.Update(page, r)
}
