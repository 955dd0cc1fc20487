package ocidiff

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/safetext"
)

// maxShown is how many differences in a layer, or in a file of it, are shown to people.
const maxShown = 200

// Text writes a report for people: first why the digests differ, then every difference below what it is in.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Verdict())
	for _, s := range []Side{r.A, r.B} {
		fmt.Fprintf(&b, "  %s  %s\n", s.Digest, safetext.Line(s.Reference))
	}
	for _, g := range r.groups() {
		fmt.Fprintf(&b, "\n%s\n", g.Heading)
		for _, l := range g.Levels {
			fmt.Fprintf(&b, "  %s\n", l.Level)
			for _, d := range l.Differences {
				if d.Diff != "" {
					fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(strings.TrimSuffix(d.DiffText(), "\n"), "\n", "\n    "))
					continue
				}
				fmt.Fprintf(&b, "    %s\n", d.line())
			}
			if l.More > 0 {
				fmt.Fprintf(&b, "    … and %d more\n", l.More)
			}
		}
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&b, "\n%d more in layers\n", r.Omitted)
	}
	if r.Ignored > 0 {
		fmt.Fprintf(&b, "\n%d ignored\n", r.Ignored)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// group is what differs below one node.
type group struct {
	Heading string
	Levels  []levelGroup
}

type levelGroup struct {
	Level       Level
	Differences []Difference
	More        int
}

// groups puts differences that follow each other together.
func (r Report) groups() []group {
	var all []group
	for i, d := range r.Differences {
		if i == 0 || !slices.Equal(r.Differences[i-1].In, d.In) {
			all = append(all, group{Heading: heading(d.In)})
		}
		g := &all[len(all)-1]
		if n := len(g.Levels); n == 0 || g.Levels[n-1].Level != d.Level {
			g.Levels = append(g.Levels, levelGroup{Level: d.Level})
		}
		if l := &g.Levels[len(g.Levels)-1]; d.inside() && len(l.Differences) >= maxShown {
			l.More++
		} else {
			l.Differences = append(l.Differences, d)
		}
	}
	return all
}

// Verdict says in one line why the digests differ.
func (r Report) Verdict() string {
	switch {
	case r.Identical && r.Equal:
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

// line is a difference as one line.
func (d Difference) line() string {
	cause := fmt.Sprintf("  (%s)", d.Cause)
	if d.Level == Files {
		return d.sign() + " " + safetext.Short(d.Path) + fileText(d.A, d.B) + cause
	}
	value := valueText
	if d.Level == Layers {
		value = cell
	}
	return pathText(d.Path) + value(d.A) + " → " + value(d.B) + cause
}

// maxDiff bounds the lines that are shown to people, in bytes.
const maxDiff = 16 << 10

// DiffText is Diff as it is fit to be shown.
func (d Difference) DiffText() string { return safetext.Lines(safetext.Cut(d.Diff, maxDiff)) }

// sign is + for a file that only the second image has, - for one that only the first has, and ~ for one that differs.
func (d Difference) sign() string {
	switch {
	case d.A == nil:
		return "+"
	case d.B == nil:
		return "-"
	}
	return "~"
}

// fileText lists attributes, of which both values are told if there are two. Digests are cut: they say no more than that they differ.
func fileText(a, b json.RawMessage) string {
	x, y := members(string(a)), members(string(b))
	var words []string
	for _, name := range unionKeys(x, y) {
		one, inA := x[name]
		other, inB := y[name]
		shown := safetext.Short(name) // an attribute is named by whoever made the image
		switch {
		case a == nil:
			words = append(words, shown+" "+attributeText(name, other))
		case b == nil:
			words = append(words, shown+" "+attributeText(name, one))
		case !inA:
			words = append(words, shown+" none → "+attributeText(name, other))
		case !inB:
			words = append(words, shown+" "+attributeText(name, one)+" → none")
		default:
			words = append(words, shown+" "+attributeText(name, one)+" → "+attributeText(name, other))
		}
	}
	return ": " + strings.Join(words, ", ")
}

// unionKeys gives the keys of both, sorted.
func unionKeys(a, b map[string]any) []string {
	keys := slices.Collect(maps.Keys(a))
	for key := range b {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func attributeText(name string, value any) string {
	text, ok := value.(string)
	switch {
	case !ok:
		return safetext.Short(string(encode(value)))
	case name == "sha256" && len(text) > 12:
		return text[:12]
	}
	return safetext.Short(text)
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
