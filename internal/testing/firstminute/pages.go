// Package firstminute has what the pages have readers type in their first minute, desk by desk, and what was seen when it was typed.
// integration.TestFirstMinute types it and writes the recording, and docs/first-minute.md is made from that.
package firstminute

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The desks of README.md. In CI it is docs/ci.md that says what is typed.
const (
	WithDocker    = "With Docker"
	WithBuilder   = "With a builder of buildx"
	WithoutDocker = "Without Docker"
	InCI          = "In CI"
)

// Desks are the names, in the order of README.md.
func Desks() []string { return []string{WithDocker, WithBuilder, WithoutDocker, InCI} }

// Step is a command of a page with the lines that it prints there, or a file that the page has readers write.
type Step struct {
	Command string
	Prints  []string
	File    string
	Text    string
}

// Read gives the steps of each desk; root is the root of the module.
func Read(t testing.TB, root string) map[string][]Step {
	t.Helper()
	desks := map[string][]Step{}
	for name, text := range parts(page(t, root, "README.md"), "The first minute") {
		desks[name] = StepsOf(text)
		if !slices.Contains(Desks(), name) {
			t.Errorf("README.md has a desk %q that no test knows", name)
		}
	}
	desks[InCI] = runs(t, page(t, root, "docs/ci.md"))
	for _, name := range Desks() {
		if len(desks[name]) == 0 {
			t.Errorf("nobody has anything to do at the desk %q", name)
		}
	}
	return desks
}

func page(t testing.TB, root, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parts cuts what is below a heading of a page into what begins with words in bold face.
func parts(page, heading string) map[string]string {
	_, text, _ := strings.Cut(page, "\n## "+heading+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	found := map[string]string{}
	for _, part := range strings.Split(text, "\n**")[1:] {
		name, text, _ := strings.Cut(part, "**")
		found[name] = text
	}
	return found
}

var (
	block     = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	namedFile = regexp.MustCompile("file `([\\w./-]+)`")
)

// StepsOf reads a part of a page. What blocks of other languages are to be written to is the last file that the text before them names.
func StepsOf(text string) (steps []Step) {
	from := 0
	for _, m := range block.FindAllStringSubmatchIndex(text, -1) {
		language, content, before := text[m[2]:m[3]], text[m[4]:m[5]], text[from:m[0]]
		from = m[1]
		if language == "console" {
			steps = append(steps, typed(content)...)
		} else if names := namedFile.FindAllStringSubmatch(before, -1); names != nil && language != "text" {
			steps = append(steps, Step{File: names[len(names)-1][1], Text: content})
		}
	}
	return steps
}

func typed(console string) (steps []Step) {
	for line := range strings.Lines(console) {
		line = strings.TrimSuffix(line, "\n")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			steps = append(steps, Step{Command: command})
		} else if len(steps) > 0 {
			last := &steps[len(steps)-1]
			last.Prints = append(last.Prints, line)
		}
	}
	return steps
}

// runs are the commands of the workflows of a page, which have a job each.
func runs(t testing.TB, page string) (steps []Step) {
	t.Helper()
	for _, m := range block.FindAllStringSubmatch(page, -1) {
		var workflow struct {
			Jobs map[string]struct{ Steps []struct{ Run string } }
		}
		if m[1] != "yml" || !strings.Contains(m[2], "\njobs:\n") {
			continue
		}
		if err := yaml.Unmarshal([]byte(m[2]), &workflow); err != nil {
			t.Fatal(err)
		}
		for _, job := range workflow.Jobs {
			for _, s := range job.Steps {
				if s.Run != "" {
					steps = append(steps, Step{Command: strings.TrimSpace(s.Run)})
				}
			}
		}
	}
	return steps
}
