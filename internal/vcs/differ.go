package vcs

import (
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/safetext"
)

// Differ says in a sentence for the user, without an end, that files are not as the commit has them. It names three of them; files
// has one at least.
func Differ(files []string) string {
	return listed(files, "differs from the commit", "differ from the commit")
}

// listed says of some files what is so of one, or of several.
func listed(files []string, one, several string) string {
	const most = 3
	last := len(files) - 1
	files = slices.Clone(files)
	for i, name := range files {
		files[i] = safetext.Line(name)
	}
	switch {
	case last == 0:
		return files[0] + " " + one
	case last < most:
		return strings.Join(files[:last], ", ") + " and " + files[last] + " " + several
	}
	return strings.Join(files[:most], ", ") + " and others " + several
}
