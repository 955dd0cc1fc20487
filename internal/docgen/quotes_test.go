package docgen

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/diagtest"
)

var (
	// quoted begins a message in a block of text; before it is where it says that something is wrong.
	quoted = regexp.MustCompile(`^ *(?:error|warning): `)
	before = regexp.MustCompile(`^[A-Za-z][\w./-]*:(?:\d+:(?:\d+:)?)? `)
)

// TestQuotedMessages: the messages that pages show are those of the program, from the beginning to the end.
func TestQuotedMessages(t *testing.T) {
	var patterns []*regexp.Regexp
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != root && (name == "testdata" || name == "bin" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		patterns = append(patterns, diagtest.Messages(t, path, 8)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, p := range pages(t) {
		if p.name == "docs/troubleshooting.md" {
			continue // TestTroubleshooting has the program say what is there
		}
		for _, message := range messagesOf(p.text) {
			count++
			if rest := unsaid(message, patterns); rest != "" {
				t.Errorf("%s: nothing says %q of %q", p.name, rest, message)
			}
		}
	}
	if count < 5 {
		t.Errorf("found %d messages: the pages are not read as they are written", count)
	}
}

// messagesOf gives the messages of a page without their places; in a block that is indented one may go on in the next lines.
func messagesOf(text string) []string {
	var found []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if !quoted.MatchString(lines[i]) {
			continue
		}
		message := quoted.ReplaceAllString(lines[i], "")
		for ; strings.HasPrefix(lines[i], "    ") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    "); i++ {
			message += " " + strings.TrimSpace(lines[i+1])
		}
		found = append(found, before.ReplaceAllString(message, ""))
	}
	return found
}

// unsaid gives what of a message is part of no text.
func unsaid(message string, patterns []*regexp.Regexp) string {
	said := make([]bool, len(message))
	for _, p := range patterns {
		for _, at := range p.FindAllStringIndex(message, -1) {
			for i := at[0]; i < at[1]; i++ {
				said[i] = true
			}
		}
	}
	var rest strings.Builder
	for i, ok := range said {
		if !ok {
			rest.WriteByte(message[i])
		}
	}
	return strings.Trim(rest.String(), " ;:")
}
