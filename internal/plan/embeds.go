package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"
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

// readable gives a pattern of path.Match as patternmatcher reads it. For that a "!" at its beginning is not the file's name, and some
// classes of characters are a mistake, such as [z-a]: then they stand for any character, and the go command chooses.
func readable(glob string) string {
	if strings.HasPrefix(glob, "!") {
		glob = `\` + glob
	}
	m, err := patternmatcher.New([]string{glob})
	if err == nil {
		_, err = m.MatchesOrParentMatches("x")
	}
	if err == nil {
		return glob
	}
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch glob[i] {
		case '\\':
			b.WriteByte(glob[i])
			if i++; i < len(glob) {
				b.WriteByte(glob[i])
			}
		case '[':
			for i++; i < len(glob) && glob[i] != ']'; i++ {
				if glob[i] == '\\' {
					i++
				}
			}
			b.WriteByte('?')
		default:
			b.WriteByte(glob[i])
		}
	}
	return b.String()
}
