package docgen

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/firstminute"
	"github.com/modship-build/modship/internal/testing/golden"
)

// root is the repository.
const root = "../.."

// page is one Markdown file of the manual.
type page struct {
	name string // relative to the repository
	text string
}

// pages reads the whole manual.
func pages(t *testing.T) []page {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("finding the pages: %v, found %d", err, len(files))
	}
	var all []page
	for _, file := range append(files, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page{filepath.ToSlash(name), string(data)})
	}
	return all
}

// find returns one page.
func find(t *testing.T, name string) page {
	t.Helper()
	for _, p := range pages(t) {
		if p.name == name {
			return p
		}
	}
	t.Fatalf("there is no page %s", name)
	return page{}
}

// block is a fenced part of a page.
type block struct {
	language, text string
	line           int // of its first line in the page
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

func (p page) blocks(language string) []block {
	var found []block
	for _, m := range fence.FindAllStringSubmatchIndex(p.text, -1) {
		b := block{p.text[m[2]:m[3]], p.text[m[4]:m[5]], strings.Count(p.text[:m[4]], "\n") + 1}
		if b.language == language {
			found = append(found, b)
		}
	}
	return found
}

// TestPagesAreGenerated fails while a table of a page is not what the code says; -update writes it.
func TestPagesAreGenerated(t *testing.T) {
	tables, err := Tables()
	if err != nil {
		t.Fatal(err)
	}
	tables["builders"] = builderTable(t) // which is of what tests have seen
	tables["first minute"] = firstMinute(firstminute.Recorded(t, root))
	shown := map[string]bool{}
	for _, p := range pages(t) {
		want, err := Fill(p.text, tables)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		for _, m := range place.FindAllStringSubmatch(p.text, -1) {
			shown[m[1]] = true
		}
		golden.File(t, filepath.Join(root, p.name), want)
	}
	for name := range tables {
		if !shown[name] {
			t.Errorf("no page has the table %q", name)
		}
	}
}

func TestFill(t *testing.T) {
	tables := map[string]string{"a b": "| x |\n", "c": "| y |\n"}
	open := func(name string) string { return "<!-- generated " + name + ": go generate ./internal/docgen -->\n" }
	tests := []struct {
		name, page, want string
		wrong            bool
	}{
		{"empty place", open("a b") + "<!-- end of a b -->", open("a b") + "| x |\n<!-- end of a b -->", false},
		{"old table", "# T\n" + open("c") + "old\n<!-- end of c -->\nrest\n", "# T\n" + open("c") + "| y |\n<!-- end of c -->\nrest\n", false},
		{"two places", open("c") + "<!-- end of c -->" + open("a b") + "<!-- end of a b -->",
			open("c") + "| y |\n<!-- end of c -->" + open("a b") + "| x |\n<!-- end of a b -->", false},
		{"none", "text", "text", false},
		{"unknown table", open("d") + "<!-- end of d -->", open("d") + "<!-- end of d -->", true},
		{"other end", open("c") + "<!-- end of a b -->", open("c") + "<!-- end of a b -->", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Fill(test.page, tables)
			if got != test.want || (err != nil) != test.wrong {
				t.Errorf("got %q, %v\nwant %q", got, err, test.want)
			}
		})
	}
}

// TestNoConflicts: no page has the marks of a merge that nobody has finished.
func TestNoConflicts(t *testing.T) {
	mark := regexp.MustCompile(`(?m)^(<{7}|>{7}) `)
	for _, p := range pages(t) {
		if m := mark.FindString(p.text); m != "" {
			t.Errorf("%s has a line that begins with %q", p.name, m)
		}
	}
}
