// Package safetext makes text of others fit to be shown: names of files, values of configurations, what compilers and servers say.
// In a terminal, in the log of a CI service and in a label it can do no more than be read.
//
// Characters that nobody can see, or that move others, become escapes as in Go's strings: control characters, format characters
// such as those that turn the direction of writing, line and paragraph separators, and bytes that are not UTF-8. What CI services
// take for a command to them is broken up with such an escape. Everything else stays as it is, so that most text is not changed.
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

func escapeRunes(s string, tabs bool) string {
	shown := func(r rune, size int) bool {
		return unicode.IsGraphic(r) && (r != utf8.RuneError || size > 1) || tabs && r == '\t'
	}
	var b *strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		ok := shown(r, size)
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
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		i += size
	}
	if b == nil {
		return s
	}
	return b.String()
}

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
