package gomod

import (
	"slices"

	"golang.org/x/mod/modfile"
)

// OnlyVersions tells whether two go.mod files differ in nothing but which modules they require, in which versions and in which order, and in
// comments. Of what is no go.mod file it says no.
func OnlyVersions(before, after []byte) bool {
	a, b := settings(before), settings(after)
	return a != nil && slices.Equal(a, b)
}

// settings are the lines of a go.mod file that require nothing; nil if it is none.
func settings(text []byte) []string {
	f, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil || f.Module == nil {
		return nil
	}
	var lines []string
	for _, stmt := range f.Syntax.Stmt {
		switch x := stmt.(type) {
		case *modfile.Line:
			lines = appendSetting(lines, x.Token)
		case *modfile.LineBlock:
			for _, line := range x.Line {
				lines = appendSetting(lines, slices.Concat(x.Token, line.Token))
			}
		}
	}
	return lines
}

func appendSetting(lines, tokens []string) []string {
	if tokens[0] == "require" {
		return lines
	}
	return append(append(lines, tokens...), "\n")
}
