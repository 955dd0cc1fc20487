package cinclude

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

var (
	// directive is a line of the preprocessor that names a file. In a Go file it stands in a comment.
	directive = regexp.MustCompile(`(?m)^(?:.*\*/)?[ \t]*(?://+[ \t]*|\*[ \t]+)?(?:#|%:)[ \t]*(?:/\*.*?\*/[ \t]*)?(?:include_next|include|import|embed)\b(?:[ \t]|/\*.*?\*/)*(.*)$`)
	// asks is a question whether there is a file: another answer is another program.
	asks = regexp.MustCompile(`__has_(?:include_next|include|embed)[ \t]*\((.*)`)
	// defines stands before a stand-in for compilers without the question.
	defines = regexp.MustCompile(`define[ \t]+$`)
	// assembler is a directive of the assembler, mostly within a string of C.
	assembler = regexp.MustCompile(`\.(?:incbin|include)[ \t]+\\?"([^"\\\n]+)\\?"`)
	incbin    = regexp.MustCompile(`\.incbin\b[ \t]*(.*)`)
	// module imports a header as C++20 has it.
	module = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?import[ \t]*(["<].*)$`)
	// fortran is Fortran's own directive.
	fortran = regexp.MustCompile(`(?mi)^[ \t]*include[ \t]*['"]([^'"\n]+)['"]`)
	// flags are those that a Go file has for C; word is one that may be the path of a file, after what is before it.
	flags = regexp.MustCompile(`(?m)^[ \t]*(?://+[ \t]*)?#cgo\b[^:\n]*:(.*)$`)
	word  = regexp.MustCompile(`[\w./+-]*[\w+-]\.[\w.+-]+`)
	// before is a flag that has a file included before the source, whatever its name looks like.
	before = regexp.MustCompile(`-(?:include|imacros)[ \t=]*["']?([^\s"'-][^\s"']*)`)

	quoted = regexp.MustCompile(`^(?:"([^"\n]+)"|<([^>\n]+)>)`)
	macro  = regexp.MustCompile(`^(?:[A-Za-z_]\w*|\\\r?$)`)
)

// includes gives what a file names, as it names it. line is that of a name that is a macro's, or 0.
func includes(name string, text []byte) (names []string, line int) {
	text = translate(text)
	names, line = directives(name, text)
	// A comment may lie within a directive, over lines; or the directive within a comment, as cgo has it.
	within, unknown := directives(name, comments.ReplaceAll(text, []byte(" ")))
	seen := map[string]bool{}
	for _, n := range names {
		seen[n] = true
	}
	for _, n := range within {
		if !seen[n] {
			names = append(names, n)
		}
	}
	if line == 0 && unknown > 0 {
		line = unknown // or some lines further down
	}
	return names, line
}

// directives looks for names in a text that has each directive in one line.
func directives(name string, text []byte) (names []string, line int) {
	known := func(at int, rest []byte) {
		switch m := quoted.FindSubmatch(rest); {
		case m != nil:
			names = append(names, string(m[1])+string(m[2]))
		case macro.Match(rest) && line == 0:
			line = 1 + bytes.Count(text[:at], []byte("\n"))
		}
	}
	for _, m := range directive.FindAllSubmatchIndex(text, -1) {
		known(m[0], text[m[2]:m[3]])
	}
	for _, m := range asks.FindAllSubmatchIndex(text, -1) {
		if !defines.Match(text[max(0, m[0]-16):m[0]]) {
			known(m[0], bytes.TrimLeft(text[m[2]:m[3]], " \t"))
		}
	}
	for _, m := range assembler.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	for _, m := range incbin.FindAllSubmatchIndex(text, -1) {
		if !assembler.Match(text[m[0]:m[1]]) && line == 0 {
			line = 1 + bytes.Count(text[:m[0]], []byte("\n"))
		}
	}
	if path.Ext(name) == ".go" {
		for _, m := range flags.FindAllSubmatch(text, -1) {
			for _, b := range before.FindAllSubmatch(m[1], -1) {
				names = append(names, strings.TrimLeft(strings.ReplaceAll(string(b[1]), "${SRCDIR}", ""), "/"))
			}
			for _, w := range word.FindAllString(strings.ReplaceAll(string(m[1]), "${SRCDIR}", ""), -1) {
				names = append(names, strings.TrimLeft(w, "/"))
			}
		}
		return names, line
	}
	for _, m := range module.FindAllSubmatch(text, -1) {
		known(0, m[1])
	}
	for _, m := range fortran.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names, line
}
