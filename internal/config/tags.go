package config

import (
	"fmt"
	"strings"
	"unicode"
)

// buildTag checks one build tag; the characters are those of go/build/constraint.
func buildTag(s string) (string, error) {
	if s == "" {
		return "", &problem{"the build tag is empty", ""}
	}
	if strings.ContainsAny(s, ", ") {
		return "", &problem{fmt.Sprintf("build tag %q holds several tags", s), "write one per element: [netgo, osusergo]"}
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' {
			return "", &problem{fmt.Sprintf("build tag %q holds %q", s, r), "use letters, digits, _ and ."}
		}
	}
	return s, nil
}
