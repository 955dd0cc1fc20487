package safetext

import (
	"bytes"
	"io"
	"regexp"
)

// Writer writes [Lines] of what is written to it, for programs whose output comes in pieces. It holds back no more than what
// another piece may make a character or a command; [Writer.Close] writes that.
type Writer struct {
	w    io.Writer
	held []byte
}

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// unfinished is the end of a text that may go on as a command, or as a line end. What is written is taken for the beginning of a
// line, wherever the piece before has ended.
var unfinished = regexp.MustCompile(`(?:(?:^|\n)\s*:|#{1,2}[A-Za-z]{0,16}|\r)$`)

// Write writes what of p is finished.
func (w *Writer) Write(p []byte) (int, error) {
	text := append(w.held, p...)
	end := len(text) - partial(string(text))
	if at := unfinished.FindIndex(text[bytes.LastIndexByte(text[:end], '\n')+1 : end]); at != nil {
		end -= at[1] - at[0]
	}
	_, err := io.WriteString(w.w, Lines(string(text[:end])))
	w.held = append([]byte(nil), text[end:]...)
	return len(p), err
}

// Close writes what was held back. It does not close the writer below.
func (w *Writer) Close() error {
	_, err := io.WriteString(w.w, Lines(string(w.held)))
	w.held = nil
	return err
}
