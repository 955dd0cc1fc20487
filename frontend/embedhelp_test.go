package frontend

import (
	"strings"
	"testing"

	"github.com/moby/patternmatcher/ignorefile"
)

// TestEmbedAdvice: advice names the line of the ignore file that decides, and with what it says added the file is in the context.
func TestEmbedAdvice(t *testing.T) {
	for _, test := range []struct{ name, ignore, file, line string }{
		{"folder", "dist\n", "dist", "dist"},
		{"below a folder", "web\n", "web/dist/app.js", "web"},
		{"everywhere", "**/*.js\n", "web/dist/*.js", "**/*.js"},
		{"allow list", "*\n!cmd\n!web\nweb/dist\n", "web/dist", "web/dist"},
		{"allow list without it", "*\n!cmd\n!web/web.go\n", "web/dist", "*"},
		{"windows", "\ufeff# built\r\nweb/dist \r\n", "web/dist", "web/dist"},
		{"let in again", "dist\n!dist\n", "dist", ""},
		{"not there", "build\n", "dist", ""},
		{"none", "", "dist", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			excludes, err := ignorefile.ReadAll(strings.NewReader(test.ignore))
			if err != nil {
				t.Fatal(err)
			}
			line, hidden := hiddenBy(excludes, test.file)
			if line != test.line || hidden != (test.line != "") {
				t.Errorf("it is hidden by %q (%t), want %q", line, hidden, test.line)
			}
			advice := embedAdvice(excludes, test.file)
			if hidden && !strings.Contains(advice, `"`+test.line+`" of .dockerignore`) || !hidden && !strings.Contains(advice, "generator") {
				t.Errorf("the advice is %q", advice)
			}
			if excluded(append(excludes, "!"+test.file), test.file) {
				t.Error("the advice does not help")
			}
		})
	}
}

func TestEmbedMiss(t *testing.T) {
	for msg, pattern := range map[string]string{
		"pattern dist: no matching files found":                                   "dist",
		"pattern all:web/*.js: no matching files found":                           "web/*.js",
		"pattern dist: cannot embed directory dist: contains no embeddable files": "dist",
		"pattern a b: no matching files found":                                    "a b",
		"pattern x: cannot embed irregular file x":                                "",
		"undefined: pattern":                                                      "",
	} {
		got := ""
		if m := embedMiss.FindStringSubmatch(msg); m != nil {
			got = m[1]
		}
		if got != pattern {
			t.Errorf("%q misses %q, want %q", msg, got, pattern)
		}
	}
}
