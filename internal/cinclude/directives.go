package cinclude

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

var (
	// directive is a line of the preprocessor that names a file. In a Go file it stands in a comment.
	directive = regexp.MustCompile(`(?m)^(?:.*\*/)?[ \t]*(?://+[ \t]*|\*[ \t]+)?(?:#|%:)[ \t]*(?:/\*.*?\*/[ \t]*)?(include_next|include|import|embed)\b(?:[ \t]|/\*.*?\*/)*(.*)$`)
	// asks is a question whether there is a file: another answer is another program.
	asks = regexp.MustCompile(`__has_(include_next|include|embed)[ \t]*\((.*)`)
	// defines stands before a stand-in for compilers without the question.
	defines = regexp.MustCompile(`define[ \t]+$`)
	// module imports a header as C++20 has it.
	module = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?import[ \t]*(["<].*)$`)
	// fortran is Fortran's own directive.
	fortran = regexp.MustCompile(`(?mi)^[ \t]*include[ \t]*['"]([^'"\n]+)['"]`)
	quoted  = regexp.MustCompile(`^(?:"([^"\n]+)"|<([^>\n]+)>)`)
	macro   = regexp.MustCompile(`^(?:[A-Za-z_]\w*|\\\r?$)`)
)

// said is what a file names, as it names it.
type said struct {
	// text may include more, data is taken as it is, and dirs and libs are folders in which names and libraries are looked for.
	text, data, dirs, libs []string
	// line is that of a name that only a preprocessor knows, or 0.
	line int
}

func (s *said) name(text bool, name string) {
	if text {
		s.text = append(s.text, name)
	} else {
		s.data = append(s.data, name)
	}
}

// unknown notes the place of a name in a text.
func (s *said) unknown(text []byte, at int) {
	if s.line == 0 {
		s.line = 1 + bytes.Count(text[:at], []byte("\n"))
	}
}

// includes gives what a file names.
func includes(name string, text []byte) said {
	text = translate(text)
	found := directives(name, text)
	// A comment may lie within a directive, over lines; or the directive within a comment, as cgo has it.
	within := directives(name, comments.ReplaceAll(text, []byte(" ")))
	if found.line == 0 && within.line > 0 {
		found.line = within.line // or some lines further down
	}
	found.assembler(name, text)
	if path.Ext(name) == ".go" {
		found.flags(text)
	}
	found.text = distinct(append(found.text, within.text...))
	found.data = distinct(append(found.data, within.data...))
	return found
}

// distinct keeps the first of each.
func distinct(names []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			kept = append(kept, n)
		}
	}
	return kept
}

// directives looks for names in a text that has each directive in one line.
func directives(name string, text []byte) said {
	var found said
	known := func(at int, kind string, rest []byte) {
		switch m := quoted.FindSubmatch(rest); {
		case m != nil:
			found.name(kind != "embed", string(m[1])+string(m[2]))
		case macro.Match(rest):
			found.unknown(text, at)
		}
	}
	for _, m := range directive.FindAllSubmatchIndex(text, -1) {
		known(m[0], string(text[m[2]:m[3]]), text[m[4]:m[5]])
	}
	for _, m := range asks.FindAllSubmatchIndex(text, -1) {
		if !defines.Match(text[max(0, m[0]-16):m[0]]) {
			known(m[0], string(text[m[2]:m[3]]), bytes.TrimLeft(text[m[4]:m[5]], " \t"))
		}
	}
	if path.Ext(name) == ".go" {
		return found
	}
	for _, m := range module.FindAllSubmatch(text, -1) {
		known(0, "import", m[1])
	}
	for _, m := range fortran.FindAllSubmatch(text, -1) {
		found.text = append(found.text, string(m[1]))
	}
	return found
}

var (
	// assembler is a directive of the assembler, mostly within a string of C, and operand what follows it: in an escaped or in a plain
	// string. Case does not matter to it.
	assembler = regexp.MustCompile(`(?i)\.(incbin|include)\b`)
	operand   = regexp.MustCompile(`^(?:[ \t]|\\t)*(?:\\"([^"\\\n]+)\\"|"([^"\\\n]+)")`)
	// string begins what may be a name, where nothing else has such a field.
	operandString = regexp.MustCompile(`^(?:[ \t]|\\t)*\\?"`)
	// adjacent strings of C are one; the first group is no escape.
	adjacent = regexp.MustCompile(`([^\\])"[ \t\r\n]*"`)
	// plainName is no macro between two strings.
	plainName = regexp.MustCompile(`^[^\s()]*[./][^\s()]*$`)
)

// assembler looks for what the assembler includes.
func (s *said) assembler(name string, text []byte) {
	isAssembly := strings.EqualFold(path.Ext(name), ".s") || path.Ext(name) == ".sx"
	if !isAssembly {
		text = adjacent.ReplaceAll(text, []byte("$1"))
	}
	for _, m := range assembler.FindAllSubmatchIndex(text, -1) {
		binary, rest := strings.EqualFold(string(text[m[2]:m[3]]), "incbin"), text[m[1]:]
		switch o := operand.FindSubmatch(rest[:min(len(rest), 2*maxName)]); {
		case o != nil && (len(o[1]) > 0 || isAssembly || plainName.Match(o[2])):
			s.name(!binary, string(o[1])+string(o[2]))
		case binary || operandString.Match(rest[:min(len(rest), 2*maxName)]):
			s.unknown(text, m[0])
		}
	}
}
