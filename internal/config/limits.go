package config

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
)

// The library's scanner and parser need quadratic time for some inputs (a megabyte of empty lines in a block scalar, of `<`
// or of map entries takes minutes) and recurse once per level. These bounds keep the worst file under a few seconds, and
// are far beyond what a person writes.
const (
	maxBytes     = 1 << 20
	maxLine      = 8 << 10
	maxBlankRun  = 100
	maxTokens    = 20_000
	maxDepth     = 32
	maxKeyLength = 512
)

// checkText refuses what the scanner must not see: text that is too large, and characters that YAML does not allow.
func checkText(s *source, size int, errs *diag.List) {
	if size > maxBytes {
		errs.Addf(s.head(), "the file has %d bytes, more than the %d allowed", size, maxBytes)
		return
	}
	blank := 0
	for i, line := range s.lines {
		if len(line) > maxLine {
			errs.Addf(s.at(i, maxLine, ""), "the line has more than %d bytes", maxLine)
		}
		if strings.TrimSpace(line) != "" {
			blank = 0
		} else if blank++; blank == maxBlankRun {
			errs.Addf(s.at(i, 0, ""), "more than %d empty lines in a row", maxBlankRun-1)
		}
		checkCharacters(s, i, errs)
	}
}

// checkCharacters reports the first bad character of a line.
func checkCharacters(s *source, line int, errs *diag.List) {
	text := s.lines[line]
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				errs.Addf(s.at(line, i, text[i:i+1]), "the file is not UTF-8")
				return
			}
		}
		if safetext.Hidden(r) && r != '\t' {
			errs.Addf(s.at(line, i, string(r)), "%s", hiddenCharacter(r))
			return
		}
	}
}

// refusedTokens are the parts of YAML that make a file mean something else than it looks like.
var refusedTokens = map[token.Type]string{
	token.AnchorType:     "YAML anchors are not supported",
	token.AliasType:      "YAML aliases are not supported",
	token.MergeKeyType:   "YAML merge keys are not supported",
	token.TagType:        "YAML tags are not supported",
	token.DirectiveType:  "YAML directives are not supported",
	token.MappingKeyType: "YAML explicit keys are not supported",
}

// checkTokens refuses what the parser must not see.
func checkTokens(s *source, tokens token.Tokens, errs *diag.List) {
	count := 0
	for _, t := range tokens {
		if t.Type == token.CommentType {
			continue
		}
		if count++; count > maxTokens {
			errs.Addf(tokenRange(s, t), "the file has more than %d YAML tokens", maxTokens)
			return
		}
		if msg, refused := refusedTokens[t.Type]; refused {
			e := errs.Addf(tokenRange(s, t), "%s", msg)
			if t.Type == token.AliasType || t.Type == token.MergeKeyType {
				e.Help = "targets overlay the top level, so write what they share there"
			} else if t.Type != token.MappingKeyType && t.Type != token.DirectiveType {
				e.Help = "quote the value if the character belongs to it"
			}
		}
		if t.Type == token.MappingValueType && t.Prev != nil && len(t.Prev.Value) > maxKeyLength {
			errs.Addf(tokenRange(s, t.Prev), "the key has more than %d bytes", maxKeyLength)
		}
	}
	checkDepth(s, tokens, errs)
}

// checkDepth bounds nesting before the parser recurses. Flow collections count by their brackets, block collections by the
// columns of the open ones.
func checkDepth(s *source, tokens token.Tokens, errs *diag.List) {
	flow := 0
	var open []int
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			open = openBlock(open, 2*t.Position.Column+1)
		case token.MappingValueType:
			if flow <= 0 && t.Prev != nil {
				open = openBlock(open, 2*t.Prev.Position.Column)
			}
		}
		if flow+len(open) > maxDepth {
			errs.Addf(tokenRange(s, t), "nested more than %d levels deep", maxDepth)
			return
		}
	}
}

// openBlock closes the block collections that a new one at indent ends. A list may start in the column of the key it belongs
// to, hence the odd numbers for lists.
func openBlock(open []int, indent int) []int {
	for len(open) > 0 && open[len(open)-1] >= indent {
		open = open[:len(open)-1]
	}
	return append(open, indent)
}
