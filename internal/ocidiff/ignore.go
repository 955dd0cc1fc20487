package ocidiff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Ignore says which differences do not count.
type Ignore []pattern

// pattern is a cause, an attribute of files, or a level with a pattern of paths.
type pattern struct {
	cause Cause
	name  string
	level Level
	path  string
}

// IgnoreHelp is what [ParseIgnore] takes, for a manual.
const IgnoreHelp = `created, history, formatting, compression, media-types, attestation, file-times, layering, whiteouts, attribute:NAME such as attribute:mtime, ` +
	`or LEVEL:PATTERN such as annotation:*, label:KEY, config:/config/Env/*, file:/var/log/*, program:/settings/vcs.*`

// ignoreNames are the words that [ParseIgnore] takes, and those before a colon.
var ignoreNames = []string{
	"created", "history", "formatting", "compression", "media-types", "attestation", "file-times", "layering", "whiteouts",
	"attribute:", "annotation:", "label:", "file:", "index:", "descriptor:", "manifest:", "config:", "layers:", "text:", "program:",
}

// IgnoreWords are the words that [ParseIgnore] takes, and beginnings of patterns.
func IgnoreWords() []string { return slices.Clone(ignoreNames) }

// ParseIgnore reads a list of what is to be ignored. In a pattern, * stands for any text.
func ParseIgnore(list []string) (Ignore, error) {
	var all Ignore
	for _, word := range list {
		level, path, ok := strings.Cut(word, ":")
		switch {
		case ok && slices.Contains([]string{"annotation", "label"}, level):
			all = append(all, pattern{level: Level(level + "s"), path: "/" + escape(path)})
		case ok && slices.Contains([]Level{Index, Descriptor, Manifest, Config, Layers, Text, Program}, Level(level)):
			all = append(all, pattern{level: Level(level), path: path})
		case ok && level == "file":
			all = append(all, pattern{level: Files, path: path})
		case ok && level == "attribute":
			if !slices.Contains(attributeNames, path) {
				return nil, &diag.Error{Msg: fmt.Sprintf("cannot ignore the attribute %q: it is none of %s", path, strings.Join(attributeNames, ", ")), Help: diag.Suggest(path, attributeNames)}
			}
			all = append(all, pattern{name: path})
		case word == "file-times":
			all = append(all, pattern{cause: Times}, pattern{name: timeNames[0]}, pattern{name: timeNames[1]}, pattern{name: timeNames[2]})
		case word == "created":
			all = append(all, pattern{level: Config, path: "/created"}, pattern{level: Config, path: "/history/*/created"},
				pattern{level: Annotations, path: "/org.opencontainers.image.created"}, pattern{level: Labels, path: "/org.opencontainers.image.created"})
		case word == "history":
			all = append(all, pattern{level: Config, path: "/history*"})
		case slices.Contains([]Cause{Formatting, Compression, MediaTypes, Attestation, Layering, Whiteouts}, Cause(strings.ReplaceAll(word, "-", " "))):
			all = append(all, pattern{cause: Cause(strings.ReplaceAll(word, "-", " "))})
		default:
			help := diag.Suggest(word, ignoreNames)
			if ok {
				help = strings.ReplaceAll(diag.Suggest(level+":", ignoreNames), `:"`, ":"+path+`"`)
			}
			return nil, &diag.Error{Msg: fmt.Sprintf("cannot ignore %q: it is none of %s", word, IgnoreHelp), Help: help}
		}
	}
	return all, nil
}

func (i Ignore) matches(d Difference) bool {
	return slices.ContainsFunc(i, func(p pattern) bool {
		if p.cause != "" {
			return p.cause == d.Cause
		}
		return p.name == "" && p.level == d.Level && glob(p.path, d.Path)
	})
}

// cause tells whether differences of a cause do not count.
func (i Ignore) cause(c Cause) bool {
	return slices.ContainsFunc(i, func(p pattern) bool { return p.cause == c })
}

// attribute tells whether an attribute of files does not count.
func (i Ignore) attribute(name string) bool {
	return slices.ContainsFunc(i, func(p pattern) bool { return p.name == name })
}

// glob tells whether a pattern with * stands for a whole text.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return true
}
