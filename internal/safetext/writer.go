package safetext

import (
	"bytes"
	"io"
)

// maxPending bounds what a [Writer] holds back of a line without end, in bytes.
const maxPending = 16 << 10

// Writer writes [Lines] of what is written to it, line by line, for programs whose output comes in pieces.
type Writer struct {
	w       io.Writer
	pending []byte
}

// NewWriter returns a writer to w. [Writer.Close] writes what is left when no line end has come, and does not close w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes the lines that p ends.
func (w *Writer) Write(p []byte) (int, error) {
	w.pending = append(w.pending, p...)
	end := bytes.LastIndexByte(w.pending, '\n') + 1
	if end == 0 && len(w.pending) > maxPending {
		end = len(w.pending) - partial(string(w.pending))
	}
	if end == 0 {
		return len(p), nil
	}
	_, err := io.WriteString(w.w, Lines(string(w.pending[:end])))
	w.pending = append(w.pending[:0], w.pending[end:]...)
	return len(p), err
}

// Close writes a last line that has no end.
func (w *Writer) Close() error {
	if len(w.pending) == 0 {
		return nil
	}
	_, err := io.WriteString(w.w, Lines(string(w.pending)))
	w.pending = nil
	return err
}
