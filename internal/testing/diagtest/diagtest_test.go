package diagtest

import (
	"errors"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

func span(line, col, endLine, endCol int) diag.Range {
	return diag.Range{File: "f", Start: diag.Pos{Line: line, Col: col}, End: diag.Pos{Line: endLine, Col: endCol}}
}

func TestShow(t *testing.T) {
	var l diag.List
	l.Addf(span(1, 2, 1, 4), "bad").Help = "write good"
	l.Addf(diag.Range{File: "f"}, "none").Err = errors.New("cause")
	if got, want := Show(l.Err()), "f: none: cause\nf:1:2-1:4: bad; write good\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCut(t *testing.T) {
	const text = "ab\ncd\n"
	for r, want := range map[diag.Range]string{
		span(1, 1, 1, 3): "ab", span(1, 2, 2, 2): "b\nc", span(3, 1, 3, 1): "", span(1, 1, 3, 1): text,
	} {
		if got := Cut(t, text, r); got != want {
			t.Errorf("%v: got %q, want %q", r, got, want)
		}
	}
	for _, r := range []diag.Range{span(1, 1, 1, 4), span(0, 1, 1, 1), span(1, 0, 1, 1), span(1, 1, 4, 1), span(2, 1, 1, 3), {File: "f"}} {
		if got, err := cut(text, r); err == nil {
			t.Errorf("%v holds %q", r, got)
		}
	}
}
