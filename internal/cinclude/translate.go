package cinclude

import (
	"bytes"
	"regexp"
)

// A compiler does not read lines as they stand in a file: before it looks for directives it undoes trigraphs, joins lines and takes
// comments for blanks (ISO C, "Translation phases", 1 to 3). What is found here has to be what it would find then.

var (
	trigraphs = regexp.MustCompile(`\?\?[=/]`)
	spliced   = regexp.MustCompile(`\\[ \t]*\r?\n`)
	comments  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	// blanks are characters between the words of a directive; gcc passes over a byte of zeros with a warning.
	blanks = regexp.MustCompile("[\f\v\x00]")
)

// goWord is the end of a Go file's name where a macro is defined, in a text or by a flag. A name that is put together of pieces, as by
// ##, can be made of anything.
var goWord = regexp.MustCompile(`(?m)(?:(?:#|%:)[ \t]*define\b|-D).*?(?:\bgo\b|##)`)

// NamesGo tells whether a text, or a flag for a compiler of C, may define a macro that names a Go file.
func NamesGo(text []byte) bool {
	text = translate(text)
	return goWord.Match(text) || goWord.Match(comments.ReplaceAll(text, []byte(" ")))
}

// translate gives a text with one directive in each line, in the same number of lines.
func translate(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	text = blanks.ReplaceAll(text, []byte(" "))
	text = trigraphs.ReplaceAllFunc(text, func(t []byte) []byte {
		return map[byte][]byte{'=': []byte("#"), '/': []byte(`\`)}[t[2]]
	})
	return join(text)
}

// join puts lines together that a backslash continues, and empty ones behind them, so that the lines after them keep their numbers.
func join(text []byte) []byte {
	if !spliced.Match(text) {
		return text
	}
	var joined []byte
	missing := 0
	for line := range bytes.Lines(text) {
		if at := spliced.FindIndex(line); at != nil && at[1] == len(line) {
			joined = append(joined, line[:at[0]]...)
			missing++
			continue
		}
		joined = append(joined, line...)
		for ; missing > 0; missing-- {
			joined = append(joined, '\n')
		}
	}
	return joined
}
