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
	if why := whyNotTag(s); why != "" {
		return "", &problem{fmt.Sprintf("build tag %s cannot be set", s), why}
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' {
			return "", &problem{fmt.Sprintf("build tag %q holds %q", s, r), "use letters, digits, _ and ."}
		}
	}
	return s, nil
}

// whyNotTag is for tags that go build sets by itself, with what they stand for: set alone they choose files and nothing else, and
// boringcrypto and goexperiment.* not even that.
func whyNotTag(s string) string {
	experiment, isExperiment := strings.CutPrefix(s, "goexperiment.")
	if s == "boringcrypto" {
		experiment, isExperiment = s, true
	}
	switch {
	case isExperiment:
		return fmt.Sprintf("it comes with the experiment: build: {env: {GOEXPERIMENT: %s}}", experiment)
	case s == "cgo":
		return "cgo.enabled decides: cgo: {enabled: on}"
	case s == "race" || s == "msan" || s == "asan":
		return "it belongs to a program that is compiled with -" + s + ", which a build for an image is not"
	}
	return ""
}
