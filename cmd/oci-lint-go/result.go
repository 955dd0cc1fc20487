package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/safetext"
)

// Version is that of the form of [Result] as JSON. Fields may be added to it; another change is another version.
const Version = 1

// Result is what a scan shows.
type Result struct {
	Version int `json:"version"`
	// Images are those that were looked at, one for each platform.
	Images   []Scanned        `json:"images"`
	Findings []policy.Finding `json:"findings"`
}

// Scanned is an image for a platform that was looked at.
type Scanned struct {
	Image    string `json:"image"`
	Digest   string `json:"digest"`
	Platform string `json:"platform"`
}

// text writes the findings by image, for people.
func (r *Result) text(w io.Writer, fix bool) error {
	var b strings.Builder
	for i, img := range r.Images {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s %s %s\n", safetext.Line(img.Image), safetext.Line(img.Platform), img.Digest)
		clean := true
		for _, f := range r.Findings {
			if f.Image == img.Image && f.Platform == img.Platform && f.Digest == img.Digest {
				clean = false
				writeFinding(&b, f, fix)
			}
		}
		if clean {
			b.WriteString("  nothing found\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeFinding(b *strings.Builder, f policy.Finding, fix bool) {
	level := string(f.Level)
	more := []string{f.Help, f.URL}
	if f.Exception != nil {
		level, more = "let be", []string{fmt.Sprintf("until %s: %s", f.Exception.Until, f.Exception.Reason)}
	}
	if len(more) > 1 && f.Source != "" {
		more = append(more, f.Source)
	}
	if fix && f.Fix != nil {
		more = append(more, lines("Dockerfile:   ", f.Fix.Dockerfile)...)
		more = append(more, lines("modship.yaml: ", f.Fix.Modship)...)
	}
	fmt.Fprintf(b, "  %-5s %s: %s\n", level, safetext.Line(f.Place), safetext.Short(f.Message))
	for _, line := range more {
		if line != "" {
			fmt.Fprintf(b, "        %s\n", safetext.Line(line))
		}
	}
}

// lines are those of a file, each with its name; none if there is no text.
func lines(file, text string) (all []string) {
	for line := range strings.Lines(text) {
		all = append(all, file+strings.TrimSuffix(line, "\n"))
	}
	return all
}
