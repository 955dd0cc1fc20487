package scan

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// placeholders are the words that programs give a variable that is to be stamped, instead of nothing.
var placeholders = []string{
	"dev", "devel", "develop", "development", "unknown", "none", "undefined", "undef", "unset", "unspecified", "unversioned", "unreleased",
	"untagged", "unstable", "snapshot", "local", "localdev", "head", "master", "main", "trunk", "dirty", "placeholder", "default", "na", "nil",
	"null", "tbd", "todo", "goreleaser", "gorelease",
}

// fillers may stand beside one: "unknown-commit", "version not set".
var fillers = []string{
	"version", "commit", "revision", "sha", "hash", "git", "date", "time", "timestamp", "build", "built", "buildtime", "builddate",
	"release", "v", "is", "at",
}

var (
	// noVersion is a version that no release has: 0.0.0 with whatever behind it.
	noVersion = regexp.MustCompile(`^v?0(\.0){0,2}([-+].*)?$`)
	// nextVersion is one that says of itself that it is not released.
	nextVersion = regexp.MustCompile(`(?i)^v?[0-9]+(\.[0-9]+){0,3}[-+.](dev|devel|development|snapshot|unknown|unreleased|local|dirty|master|main|head)([-+.].*)?$`)
	// noTime and noHash are a date or a commit that cannot be: all zeros, or the beginning of Unix time.
	noTime = regexp.MustCompile(`^(0000-00-00|0001-01-01|1970-01-01)([T ]00:00(:00)?(Z|[+-]00:?00)?)?$`)
	noHash = regexp.MustCompile(`^0{6,64}$`)
	// markers are what another tool was to replace: $Format:%H$, @VERSION@, {{.Version}}, ${VERSION}, %VERSION%, __VERSION__, <version>.
	markers = regexp.MustCompile(`^v?(\$Format:.*\$|@\w+@|\{\{.*\}\}|\$\{?\w+\}?|%\w+%|__\w+__|<[^<>]*>)$`)
)

// Placeholder tells whether the initial value of a variable says nothing, so that nothing is lost if it is stamped.
func Placeholder(value string) bool {
	value = strings.TrimSpace(value)
	for _, form := range []*regexp.Regexp{noVersion, nextVersion, noTime, noHash, markers} {
		if form.MatchString(value) {
			return true
		}
	}
	switch strings.ToLower(strings.Trim(value, "()[] ")) {
	case "n/a", "not set", "not available":
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 { // nothing, or "?", "-" and the like
		return len(value) <= 3
	}
	says := false
	for _, w := range words {
		switch {
		case slices.Contains(placeholders, w):
			says = true
		case !slices.Contains(fillers, w):
			return false
		}
	}
	return says || len(words[0]) > 1 && strings.EqualFold(value, words[0]) // version = "version"
}
