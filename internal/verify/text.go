package verify

import (
	"fmt"
	"io"
	"strings"

	"github.com/modship-build/modship/internal/safetext"
)

// Text writes a report for people: a line for each platform, then why, then what differs.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	word := "different"
	if r.Equal {
		word = "verified"
	}
	fmt.Fprintf(&b, "%s: %s@%s\n  built again from %s\n\n", word, safetext.Line(strings.SplitN(r.Image.Reference, "@", 2)[0]), r.Image.Digest, safetext.Line(r.From))
	width := len("index")
	for _, v := range r.Platforms {
		width = max(width, len(v.Platform))
	}
	for _, v := range r.Platforms {
		fmt.Fprintf(&b, "%-*s  %s\n", width, v.Platform, v.words())
	}
	if r.Index != nil {
		fmt.Fprintf(&b, "%-*s  %s\n", width, "index", r.Index.words())
	}
	for _, name := range r.Unlooked {
		fmt.Fprintf(&b, "%s: not compared\n", safetext.Line(name))
	}
	if len(r.Reasons) > 0 {
		fmt.Fprint(&b, "\nprobably because of\n")
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "  %s\n", safetext.Line(reason))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return r.details(w)
}

// details writes what differs in each platform.
func (r *Report) details(w io.Writer) error {
	all := r.Platforms
	if r.Index != nil {
		all = append(all[:len(all):len(all)], *r.Index)
	}
	for _, v := range all {
		if v.Equal || v.Diff == nil {
			continue
		}
		name := v.Platform
		if name == "" {
			name = "index"
		}
		if _, err := fmt.Fprintf(w, "\n%s: ", name); err != nil {
			return err
		}
		if err := v.Diff.Text(w); err != nil {
			return err
		}
	}
	return nil
}

func (v Verdict) words() string {
	switch {
	case v.Missing:
		return "was not built"
	case v.Identical:
		return "equal, bit by bit"
	case v.Diff == nil || v.Equal && v.Diff.Ignored == 0:
		return "equal"
	}
	return v.Diff.Verdict()
}
