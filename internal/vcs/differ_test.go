package vcs

import "testing"

func TestDiffer(t *testing.T) {
	for want, files := range map[string][]string{
		"a differs from the commit":                  {"a"},
		"a and b differ from the commit":             {"a", "b"},
		"a, b and c differ from the commit":          {"a", "b", "c"},
		"a, b, c and others differ from the commit":  {"a", "b", "c", "d"},
		"a, b, c  and others differ from the commit": {"a", "b", "c ", "d", "and 4 more"},
		`a\n\x1b[2J differs from the commit`:         {"a\n\x1b[2J"},
	} {
		if got := Differ(files); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
