package gomod

import (
	"regexp"
	"strings"
)

// ContextName is the name of the named context that stands in for a module: its path. Names of contexts are such of images, which lack some
// letters: capitals become small ones, and what else there cannot be a dash.
func ContextName(modulePath string) string {
	elements := strings.Split(strings.ToLower(modulePath), "/")
	for i, e := range elements {
		if !imageName.MatchString(e) {
			elements[i] = strings.Trim(noName.ReplaceAllString(e, "-"), "-")
		}
	}
	return strings.Join(elements, "/")
}

var (
	// imageName matches an element of the name of an image (https://pkg.go.dev/github.com/distribution/reference).
	imageName = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)
	noName    = regexp.MustCompile(`[^a-z0-9]+`)
)
