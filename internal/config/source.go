package config

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/modship-build/modship/internal/diag"
)

// source is the text of the file, for turning the YAML library's positions (lines, and columns in runes) into ranges in bytes
// that are certain to lie inside the file.
type source struct {
	name  string
	lines []string
}

// normalise removes a byte order mark and the carriage returns of CRLF line ends. The library counts such lines twice;
// without the returns no line and no column of the text before them moves.
func normalise(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

func newSource(name string, data []byte) *source {
	return &source{name: name, lines: strings.Split(string(data), "\n")}
}

// pos returns the byte position of a line and a column in runes, moved into the file if it lies outside.
func (s *source) pos(line, runeCol int) diag.Pos {
	line = min(max(line, 1), len(s.lines))
	text := s.lines[line-1]
	offset := 0
	for range runeCol - 1 {
		if offset >= len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
	}
	return diag.Pos{Line: line, Col: offset + 1}
}

// after returns the position behind text that starts at start and may go over several lines.
func (s *source) after(start diag.Pos, text string) diag.Pos {
	end := diag.Pos{Line: start.Line, Col: start.Col + len(text)}
	if n := strings.Count(text, "\n"); n > 0 {
		end = diag.Pos{Line: start.Line + n, Col: len(text) - strings.LastIndexByte(text, '\n')}
	}
	if end.Line > len(s.lines) {
		last := len(s.lines)
		return diag.Pos{Line: last, Col: len(s.lines[last-1]) + 1}
	}
	end.Col = min(end.Col, len(s.lines[end.Line-1])+1)
	return end
}

// span is the range of text that starts at a line and a column in runes.
func (s *source) span(line, runeCol int, text string) diag.Range {
	start := s.pos(line, runeCol)
	return diag.Range{File: s.name, Start: start, End: s.after(start, text)}
}

// at is the range of text that starts at a byte offset of one line, both counted from zero.
func (s *source) at(line, offset int, text string) diag.Range {
	start := diag.Pos{Line: line + 1, Col: offset + 1}
	return diag.Range{File: s.name, Start: start, End: s.after(start, text)}
}

// within narrows r to the first place of text inside it; r itself when the text is not there as written, which happens with
// escapes and folded lines.
func (s *source) within(r diag.Range, text string) diag.Range {
	if r.Start.Line == 0 {
		return r
	}
	for line := r.Start.Line; line <= r.End.Line; line++ {
		from, to := 0, len(s.lines[line-1])
		if line == r.Start.Line {
			from = r.Start.Col - 1
		}
		if line == r.End.Line {
			to = r.End.Col - 1
		}
		if i := strings.Index(s.lines[line-1][from:to], text); i >= 0 {
			return s.at(line-1, from+i, text)
		}
	}
	return r
}

// head is the first line: where mistakes of the file as a whole are shown. It is the file without a position when that line
// is empty.
func (s *source) head() diag.Range {
	if s.lines[0] == "" {
		return diag.Range{File: s.name}
	}
	return s.at(0, 0, s.lines[0])
}
