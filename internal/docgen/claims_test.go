package docgen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unproven is the heading from which on docs/security.md says what is not promised, so that nothing can be shown.
const unproven = "## What is not protected"

// TestClaimsHaveTests: every sentence of the page on security names a test, and the tests that any page names exist.
func TestClaimsHaveTests(t *testing.T) {
	exist := tests(t)
	for _, p := range pages(t) {
		for _, name := range testName.FindAllString(p.text, -1) {
			if in := exist[name]; len(in) != 1 {
				t.Errorf("%s names %s, which is a test of the packages %q: name one, as in package.Test", p.name, name, in)
			}
		}
	}
	claims, _, ok := strings.Cut(find(t, "docs/security.md").text, unproven)
	if !ok {
		t.Fatalf("the page has no heading %q", unproven)
	}
	count := 0
	for _, sentence := range sentences(claims) {
		count++
		if !testName.MatchString(sentence) {
			t.Errorf("docs/security.md: no test is named for: %s", sentence)
		}
	}
	if count < 20 {
		t.Errorf("found %d sentences: the page is not read as it is written", count)
	}
}

var (
	testName = regexp.MustCompile(`\b(?:[a-z]\w*\.)?(?:Test|Fuzz)[A-Z]\w*`)
	// What claims nothing: blocks of code, headings, comments, and the heads of tables.
	silent = regexp.MustCompile("(?ms)^```.*?^```$|^#[^\n]*$|<!--.*?-->|^\\|[^\n]*\n\\|--[^\n]*$")
	// A block begins after an empty line, or with the mark of an item or of a row.
	blockStart = regexp.MustCompile(`(?m)^\s*$|^(?:- |\| )`)
	// A sentence ends where the next one begins.
	nextSentence = regexp.MustCompile("\\. (?:[A-Z`])")
)

// sentences cuts a page into what it claims: the sentences of paragraphs and items, and the rows of tables. What ends in a colon
// only leads to what follows.
func sentences(text string) []string {
	text = silent.ReplaceAllString(text, "\n")
	starts := append(blockStart.FindAllStringIndex(text, -1), []int{len(text)})
	var found []string
	for i, start := range starts[:len(starts)-1] {
		block := strings.Join(strings.Fields(text[start[0]:starts[i+1][0]]), " ")
		for _, sentence := range strings.Split(nextSentence.ReplaceAllStringFunc(block, func(end string) string { return ".\n" + end[2:] }), "\n") {
			if sentence != "" && !strings.HasSuffix(sentence, ":") {
				found = append(found, sentence)
			}
		}
	}
	return found
}

// tests gives the packages that have a test or a fuzz target, by its name alone and behind the last element of the package's path.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				dir := filepath.Dir(path)
				for _, name := range []string{f.Name.Name, filepath.Base(dir) + "." + f.Name.Name} {
					found[name] = append(found[name], dir)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSentences(t *testing.T) {
	const page = "# Title\n\nOne claim (`TestA`). Another\none (`TestB`, `TestC`).\n\n- an item: `x` (`TestD`)\n- a second. With more (`TestE`).\n\n" +
		"It leads on:\n\n| a | b |\n|---|---|\n| row | `TestF` |\n\n```text\nno. Claim.\n```\n\nLast one.\n"
	want := []string{"One claim (`TestA`).", "Another one (`TestB`, `TestC`).", "- an item: `x` (`TestD`)", "- a second.", "With more (`TestE`).",
		"| row | `TestF` |", "Last one."}
	if diff := cmp.Diff(want, sentences(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
