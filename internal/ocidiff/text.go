package ocidiff

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/safetext"
)

// Text writes a report for people: first why the digests differ, then every difference below what it is in.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.verdict())
	for _, s := range []Side{r.A, r.B} {
		fmt.Fprintf(&b, "  %s  %s\n", s.Digest, safetext.Line(s.Reference))
	}
	var in []string
	var level Level
	for i, d := range r.Differences {
		if i == 0 || !slices.Equal(in, d.In) {
			in, level = d.In, ""
			fmt.Fprintf(&b, "\n%s\n", heading(d.In))
		}
		if d.Level != level {
			level = d.Level
			fmt.Fprintf(&b, "  %s\n", level)
		}
		fmt.Fprintf(&b, "    %s%s → %s  (%s)\n", pathText(d.Path), valueText(d.A), valueText(d.B), d.Cause)
	}
	if r.Ignored > 0 {
		fmt.Fprintf(&b, "\n%d ignored\n", r.Ignored)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) verdict() string {
	switch {
	case r.Identical:
		return "identical"
	case r.Equal && r.Ignored > 0:
		return "equal but for what is ignored"
	case r.Equal:
		return "equal"
	case len(r.Causes) == 1:
		return "different in " + string(r.Causes[0]) + " only"
	}
	words := make([]string, len(r.Causes))
	for i, c := range r.Causes {
		words[i] = string(c)
	}
	return "different in " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func heading(in []string) string {
	if len(in) == 0 {
		return "the whole"
	}
	return safetext.Line(strings.Join(in, " / "))
}

func pathText(path string) string {
	if path == "" {
		return ""
	}
	return safetext.Short(path) + ": "
}

func valueText(v json.RawMessage) string {
	if v == nil {
		return "none"
	}
	return safetext.Short(string(v))
}
