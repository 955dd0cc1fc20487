// Package safetext makes text of others fit to be shown: names of files, values of configurations, what compilers and servers say.
// In a terminal, in the log of a CI service and in a label it can do no more than be read.
//
// One rule says what may be where, in three steps:
//
//   - What is shown, by [Line] and its kin: characters that nobody can see, or that move others, become escapes as in Go's strings.
//     These are control characters, format characters, fillers, line and paragraph separators, selectors of a variant that have nothing to
//     choose a variant of, and bytes that are not UTF-8. What CI services take for a command to them is broken up with such an escape.
//     Everything else stays as it is, so that most text is not changed.
//   - What is a name, by [Name]: a text that would be changed by that, or that has white space, is none. Two names must not look alike.
//   - What is data, by [Hidden]: values keep what a language or an emoji needs, and can hold no character that hides or reorders others.
package safetext

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line gives s as one line.
func Line(s string) string { return escape(s, false) }

// Lines gives s with its line ends and tabs.
func Lines(s string) string {
	if !strings.Contains(s, "\n") {
		return escape(s, true)
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = escape(strings.TrimSuffix(l, "\r"), true)
	}
	return strings.Join(lines, "\n")
}

// maxShort is how much of a value a message repeats, in bytes.
const maxShort = 4 << 10

// Short is [Line] of which the middle is left out if it is long.
func Short(s string) string { return Line(Cut(s, maxShort)) }

// maxMessage bounds a message as a whole, in bytes: a hundred mistakes are shorter, and more than that nobody reads. What the programs
// of a build say to each other has limits too.
const maxMessage = 64 << 10

// Message is [Lines] of which the middle is left out if it is long.
func Message(s string) string { return Lines(Cut(s, maxMessage)) }

// Cut leaves the middle of s out if s is longer than limit, and says how much that is. No character is cut in two.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit / 4
	head, tail := s[:limit-end], s[len(s)-end:]
	head = head[:len(head)-partial(head)]
	for tail != "" && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	return fmt.Sprintf("%s … (%d bytes are left out) … %s", head, len(s)-len(head)-len(tail), tail)
}

// Hidden tells whether r is a character that hides or reorders text, and that no word of any language needs: a control character,
// a line or paragraph separator, or one that turns the direction of writing. Line ends and tabs are such too: it is for the
// caller to say where they may be. Other format characters, such as the joiners of Persian and of emoji, are not.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// Name says why s cannot be a name that somebody reads, such as the key of a label; "" if it can.
func Name(s string) string {
	switch {
	case s == "":
		return "is empty"
	case strings.ContainsFunc(s, unicode.IsSpace), strings.ContainsFunc(s, blank):
		return "holds white space"
	case escapeRunes(s, false) != s || strings.ContainsFunc(s, selector):
		return "holds a character that cannot be seen"
	case escape(s, false) != s:
		return "is a command to the CI services that print it"
	}
	return ""
}

// Error gives err, in a wrapper with a text of which every line is safe, and that is not too long, if err does not have one. What err
// wraps is found as before.
func Error(err error) error {
	if err == nil || err.Error() == Message(err.Error()) {
		return err
	}
	return &safeError{err}
}

type safeError struct{ error }

func (e *safeError) Error() string { return Message(e.error.Error()) }

func (e *safeError) Unwrap() error { return e.error }

// command is what CI services obey inside of a line: GitHub Actions "##[", Azure Pipelines also "##vso[", TeamCity "##teamcity[".
var command = regexp.MustCompile(`##([A-Za-z]*\[)`)

// escape makes the escapes; tabs stay if they are wanted.
func escape(s string, tabs bool) string {
	s = escapeRunes(s, tabs)
	if strings.Contains(s, "##") {
		s = command.ReplaceAllString(s, `#\x23$1`)
	}
	// GitHub Actions obeys a line that begins so, behind any white space.
	if rest := strings.TrimLeftFunc(s, unicode.IsSpace); strings.HasPrefix(rest, "::") {
		s = s[:len(s)-len(rest)] + `:\x3a` + rest[2:]
	}
	return s
}

// invisible tells whether r is shown as nothing, or as something that is not there, wherever it stands: what is no graphic character, and
// those of these that the Unicode Character Database calls default ignorable, such as the fillers of Hangul.
func invisible(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// blank tells whether r is a sign that has no ink, which Unicode counts neither as white space nor as ignorable: the Braille pattern without
// dots, the null notehead of music, and the filler of the Khitan small script.
func blank(r rune) bool { return r == '\u2800' || r == '\U0001d159' || r == '\U00016fe4' }

// selector tells whether r chooses a variant of the character before it.
func selector(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

// shown tells whether r is one that can be seen behind the character before it. A selector belongs behind one that has variants, as Chinese
// characters and emoji have; behind another it would carry hidden text.
func shown(before, r rune) bool {
	if selector(r) {
		return before > unicode.MaxASCII && !selector(before) && !invisible(before) && !unicode.IsSpace(before)
	}
	return !invisible(r)
}

func escapeRunes(s string, tabs bool) string {
	var b *strings.Builder
	before := rune(0)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		ok := shown(before, r) && (r != utf8.RuneError || size > 1) || tabs && r == '\t'
		before = r
		if !ok && b == nil {
			b = new(strings.Builder)
			b.WriteString(s[:i])
		}
		switch {
		case ok && b != nil:
			b.WriteString(s[i : i+size])
		case ok:
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(b, `\x%02x`, s[i])
		default:
			b.WriteString(escaped(r))
		}
		i += size
	}
	if b == nil {
		return s
	}
	return b.String()
}

// escaped is r as in a string of Go.
func escaped(r rune) string { return strings.Trim(strconv.QuoteRuneToASCII(r), "'") }

// partial counts the bytes at the end of s that begin a character and do not end it.
func partial(s string) int {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRuneInString(s[len(s)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
