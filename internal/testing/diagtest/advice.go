package diagtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// advice is how a text says what to do: at its beginning, or behind what is wrong.
var advice = regexp.MustCompile(`(?:^|[;:,] |\bor )(?:add|build (?:a|it|on|with|without)|choose|declare|give|install|keep|leave|link|make|name|put|raise|remove|require|run|see|set|take|use|vendor|write) `)

// verb is a verb of fmt.
var verb = regexp.MustCompile(`%(?:\[\d+\])?[+#]?[.\d]*[a-zA-Z]`)

// Advice holds the advice in the Go files of a package against what its tests have followed: texts of errors, each of which a user
// could do as told. A text of the package that says what to do and that none of them holds is an error, unless it is in excused, whose
// values say why it cannot be followed in a test.
func Advice(tb testing.TB, dir string, followed []string, excused map[string]string) {
	tb.Helper()
	found := literals(tb, dir)
	if len(found) == 0 {
		tb.Fatal("no advice was found")
	}
	used := map[string]bool{}
	for _, l := range found {
		if _, ok := excused[l.text]; ok {
			used[l.text] = true
			continue
		}
		if !slices.ContainsFunc(followed, l.pattern.MatchString) {
			tb.Errorf("%s: nobody has followed the advice %q", l.place, l.text)
		}
	}
	for text, why := range excused {
		if !used[text] {
			tb.Errorf("there is no advice %q, which is excused: %s", text, why)
		}
	}
}

// literal is a text in the source, and what it looks like with values in it.
type literal struct {
	place, text string
	pattern     *regexp.Regexp
}

func literals(tb testing.TB, dir string) []literal {
	tb.Helper()
	return slices.DeleteFunc(texts(tb, dir), func(l literal) bool { return !advice.MatchString(l.text) })
}

// Messages gives patterns of the texts in the Go files of a package that have at least least letters beside their values.
func Messages(tb testing.TB, dir string, least int) []*regexp.Regexp {
	tb.Helper()
	var patterns []*regexp.Regexp
	for _, l := range texts(tb, dir) {
		if fixed := verb.ReplaceAllString(l.text, ""); len(fixed) >= least {
			patterns = append(patterns, l.pattern)
		}
	}
	return patterns
}

// texts are all strings in the Go files of a package but its tests.
func texts(tb testing.TB, dir string) []literal {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		tb.Fatal(err)
	}
	var found []literal
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			tb.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			text, ok := constant(n)
			if !ok {
				return true
			}
			found = append(found, literal{fset.Position(n.Pos()).String(), text, pattern(text)})
			return false // parts of it are no texts of their own
		})
	}
	return found
}

// constant is the value of a string, also of one that is written in parts.
func constant(n ast.Node) (string, bool) {
	switch x := n.(type) {
	case *ast.ImportSpec:
		return "", true
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		return text, x.Kind == token.STRING && err == nil && utf8.ValidString(text)
	case *ast.BinaryExpr:
		left, ok := constant(x.X)
		right, also := constant(x.Y)
		return left + right, x.Op == token.ADD && ok && also
	}
	return "", false
}

// pattern matches a text with any values in the place of verbs.
func pattern(text string) *regexp.Regexp {
	parts := verb.Split(text, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(strings.ReplaceAll(parts[i], "%%", "%"))
	}
	return regexp.MustCompile(`(?s)` + strings.Join(parts, ".*"))
}
