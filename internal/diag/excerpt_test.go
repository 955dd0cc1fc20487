package diag_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

// TestExcerpt: the lines near mistakes keep their numbers, and nothing else of a file takes room.
func TestExcerpt(t *testing.T) {
	var lines []string
	for range 1000 {
		lines = append(lines, "\tx := 1\r")
	}
	lines[499] = "here"
	got := strings.Split(string(diag.Excerpt([]byte(strings.Join(lines, "\n")), at("f", 500, 1), at("f", 20, 1))), "\n")
	if len(got) > 512 || got[499] != "here" || got[498] != "\tx := 1\r" || got[19] != "\tx := 1\r" || got[100] != "" || got[0] != "" {
		t.Errorf("%d lines, the 500th is %q", len(got), got[499])
	}
	for text, want := range map[string]string{"": "", "a": "a", "a\n": "a\n", "a\nb": "a\nb"} {
		if got := string(diag.Excerpt([]byte(text), at("f", 1, 1))); got != want {
			t.Errorf("of %q there is %q", text, got)
		}
	}
	if got := diag.Excerpt([]byte("main: "+strings.Repeat("x", 1<<20)), at("f", 1, 1)); len(got) > 2<<10 {
		t.Errorf("a line has %d bytes", len(got))
	}
	if got := diag.Excerpt([]byte("a\nb\n")); len(got) > 0 {
		t.Errorf("without a mistake there is %q", got)
	}
}
