package annotate

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
)

// The formats of an [Output].
const (
	FormatJSON        = "json"        // one object of the annotations
	FormatAnnotations = "annotations" // a flag --annotation=KEY=VALUE a line
	FormatLabels      = "labels"      // a flag --label=KEY=VALUE a line
	FormatBake        = "bake"        // a file for docker buildx bake
)

// Formats are the formats of an [Output].
func Formats() []string { return []string{FormatJSON, FormatAnnotations, FormatLabels, FormatBake} }

// Levels are the objects that buildx can annotate, as it names them (docs/annotations.md of buildx v0.37).
func Levels() []string {
	return []string{"index", "manifest", "index-descriptor", "manifest-descriptor"}
}

// defaultTarget is the target that bake builds without being told.
const defaultTarget = "default"

// Output says how to write what was found.
type Output struct {
	// Format is one of [Formats].
	Format string
	// Levels are what the annotations of the formats annotations and bake are for. None leaves it to buildx: the manifest.
	Levels []string
	// BakeTarget is a target of bake, "" for "default".
	BakeTarget string
}

// bakeTarget is what bake takes as the name of a target.
var bakeTarget = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// Check adds what is wrong with the flags.
func (o Output) Check(mistakes *diag.List) {
	if !slices.Contains(Formats(), o.Format) {
		flagMistake(mistakes, "format", "unknown format %q, want %s", o.Format, strings.Join(Formats(), ", ")).Help = diag.Suggest(o.Format, Formats())
		return
	}
	for _, level := range o.Levels {
		if !slices.Contains(Levels(), level) {
			flagMistake(mistakes, "level", "unknown level %q, want %s", level, strings.Join(Levels(), ", ")).Help = diag.Suggest(level, Levels())
		}
	}
	if len(o.Levels) > 0 && o.Format != FormatAnnotations && o.Format != FormatBake {
		flagMistake(mistakes, "level", "the format %s has none: it is for --format annotations and bake", o.Format)
	}
	if o.BakeTarget != "" && o.Format != FormatBake {
		flagMistake(mistakes, "bake-target", "the format %s has none: it is for --format bake", o.Format)
	}
	if o.BakeTarget != "" && !bakeTarget.MatchString(o.BakeTarget) {
		flagMistake(mistakes, "bake-target", "%q: the name of a target has letters, digits, - and _ only", o.BakeTarget)
	}
}

// Write writes what was found to w, or nothing if the format cannot say all of it: the error then joins a [diag.Error] for each
// such value.
func (o Output) Write(w io.Writer, found *Found) error {
	var (
		text     string
		err      error
		mistakes diag.List
	)
	switch o.Format {
	case FormatAnnotations:
		text = lines("--annotation=", o.annotations(found.Annotations, &mistakes), &mistakes)
	case FormatLabels:
		text = lines("--label=", pairs(found.Labels, &mistakes, noPrefix), &mistakes)
	case FormatBake:
		text, err = indented(o.bake(found, &mistakes))
	default:
		text, err = indented(found.Annotations)
	}
	if err = errors.Join(mistakes.Err(), err); err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// annotations are values of buildx's --annotation. What stands before a colon is a level, so a key with one gets the level that
// buildx takes by default.
func (o Output) annotations(values map[string]string, mistakes *diag.List) []string {
	levels := slices.Compact(slices.Sorted(slices.Values(o.Levels)))
	return pairs(values, mistakes, func(key string) string {
		switch {
		case len(levels) > 0:
			return strings.Join(levels, ",") + ":"
		case strings.Contains(key, ":"):
			return "manifest:"
		}
		return ""
	})
}

func noPrefix(string) string { return "" }

// pairs are KEY=VALUE behind the prefix of the key, sorted. A key has no way to say that a = is its own.
func pairs(values map[string]string, mistakes *diag.List, prefix func(key string) string) []string {
	all := []string{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.Contains(key, "=") {
			flagMistake(mistakes, "format", "the key %q has a =, which ends the key here", key).Help = "use --format json"
		}
		all = append(all, prefix(key)+key+"="+values[key])
	}
	return all
}

// lines are flags, one a line, as mapfile of bash and xargs -d '\n' take them.
func lines(flag string, values []string, mistakes *diag.List) string {
	var text strings.Builder
	for _, v := range values {
		if strings.ContainsAny(v, "\n\x00") {
			key, _, _ := strings.Cut(v, "=")
			flagMistake(mistakes, "format", "the value of %s has more than one line", key).Help = "use --format bake or json"
		}
		text.WriteString(flag + v + "\n")
	}
	return text.String()
}

func flagMistake(l *diag.List, flag, format string, args ...any) *diag.Error {
	return l.Addf(diag.Range{File: "--" + flag}, format, args...)
}

// indented is v as JSON. Its keys are sorted; a < in an address of mail stays what it is.
func indented(v any) (string, error) {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return string(safetext.JSON([]byte(text.String()))), err
}
