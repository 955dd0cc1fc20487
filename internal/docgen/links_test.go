package docgen

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	// namedFile is a path that starts with a folder of the repository, and not below ./ or another folder.
	namedFile = regexp.MustCompile(`(?:^|[\s"(` + "`" + `])((?:cmd|docs|examples|frontend|integration|internal|llb|tools|\.ci)/[\w./-]*)`)
	// rootFile is a file of the repository's root in code quotes.
	rootFile = regexp.MustCompile("`((?:Makefile|LICENSE|docker-bake\\.hcl|CONTRIBUTING\\.md|README\\.md))`")
)

// TestLinks: every relative link leads to a file of the repository, and to a heading of it where it names one.
func TestLinks(t *testing.T) {
	headings := map[string][]string{}
	for _, p := range pages(t) {
		headings[p.name] = anchors(p.text)
	}
	for _, p := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(p.text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, hasAnchor := strings.Cut(m[1], "#")
			name := p.name
			if file != "" {
				name = path.Join(path.Dir(p.name), file)
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", p.name, m[1])
			} else if hasAnchor && !slices.Contains(headings[name], anchor) {
				t.Errorf("%s: the link %s names no heading of %s", p.name, m[1], name)
			}
		}
	}
}

// TestNamedFiles: a file of the repository that a page names exists, or is one that the build makes.
func TestNamedFiles(t *testing.T) {
	for _, p := range pages(t) {
		for _, pattern := range []*regexp.Regexp{namedFile, rootFile} {
			for _, m := range pattern.FindAllStringSubmatch(p.text, -1) {
				if m[1] == "cmd/go" { // Go's own
					continue
				}
				if _, err := os.Stat(filepath.Join(root, strings.TrimRight(m[1], "."))); err != nil {
					t.Errorf("%s names %s, which is not there", p.name, m[1])
				}
			}
		}
	}
}

// anchors are the names that GitHub gives the headings of a page.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

func TestAnchors(t *testing.T) {
	got := anchors("# The frontend image, buildx and bake\n## 1. Build modship\n```yaml\n# syntax=x\n```\n### `main`\n")
	want := []string{"the-frontend-image-buildx-and-bake", "1-build-modship", "main"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
