package plan

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// EmbeddedFiles turns patterns as scan.Image.Embeds gives them into patterns of github.com/moby/patternmatcher, of which the last one
// that matches decides. A folder that package embed takes is without hidden files and those with an underscore, unless its pattern
// begins with "all:", and never has the folder of a version control system in it: what no program can embed is not sent either.
func EmbeddedFiles(embeds []string) []string {
	if len(embeds) == 0 {
		return nil
	}
	sorted := slices.Clone(embeds)
	// A pattern matches names of one depth, and what it leaves out lies below. So the shorter ones come first: what they leave out a
	// longer one may name. What stands behind "all:" leaves nothing out and is left out by nobody.
	slices.SortFunc(sorted, func(a, b string) int {
		globA, allA := strings.CutPrefix(a, "all:")
		globB, allB := strings.CutPrefix(b, "all:")
		if allA != allB {
			if allA {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(strings.Count(globA, "/"), strings.Count(globB, "/")), strings.Compare(globA, globB))
	})
	var patterns []string
	for _, e := range slices.Compact(sorted) {
		glob, all := strings.CutPrefix(e, "all:")
		glob = readable(glob)
		// Where a name is taken already patternmatcher does not note that a pattern matches it, so what is below needs one of its own.
		patterns = append(patterns, glob, glob+"/**")
		if !all {
			patterns = append(patterns, "!"+glob+"/**/.*", "!"+glob+"/**/_*")
		}
	}
	for _, name := range []string{".bzr", ".git", ".hg", ".svn"} {
		patterns = append(patterns, "!**/"+name, "!**/"+name+"/**")
	}
	return patterns
}

// readable gives a pattern of path.Match as patternmatcher reads it: that passes signs on to package regexp which mean something there,
// takes two stars for folders of any depth, and a "!" at the beginning for the opposite. Classes of characters that are not plain stand for
// any character: then the go command chooses.
func readable(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '\\':
			if i++; i < len(glob) {
				literalByte(&b, glob[i])
			}
		case '*':
			b.WriteByte(c)
			for i+1 < len(glob) && glob[i+1] == '*' {
				i++
			}
		case '[':
			end := classEnd(glob, i)
			b.WriteString(class(glob[i:end]))
			i = end - 1
		case '?':
			b.WriteByte(c)
		default:
			literalByte(&b, c)
		}
	}
	return b.String()
}

// literalByte writes a byte that stands for itself, behind a backslash where it would have a meaning.
func literalByte(b *strings.Builder, c byte) {
	if strings.IndexByte(`\*?[]|^!`, c) >= 0 {
		b.WriteByte('\\')
	}
	b.WriteByte(c)
}

// plainClass is a class that regexp and path.Match read alike.
var plainClass = regexp.MustCompile(`^\[\^?([A-Za-z0-9_.]|a-z|A-Z|0-9)+\]$`)

func class(text string) string {
	if plainClass.MatchString(text) {
		return text
	}
	return "?"
}

// classEnd is where the class of characters ends that begins at i. A "]" that is one of them is behind a backslash.
func classEnd(glob string, i int) int {
	for i++; i < len(glob); i++ {
		switch glob[i] {
		case '\\':
			i++
		case ']':
			return i + 1
		}
	}
	return len(glob)
}
