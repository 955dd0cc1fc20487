package lab

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	progressLine = regexp.MustCompile(`(?m)^#(\d+) (.+)$`)
	doneLine     = regexp.MustCompile(`^DONE ([\d.]+)s$`)
	pullLine     = regexp.MustCompile(`^(extracting )?sha256:`)
)

// Pulled stands before the name of a step that was not executed: its layers came from an image or from a registry cache.
const Pulled = "pulled: "

// Steps reads a log of BuildKit's plain progress. It gives the seconds of each step that was executed and not found in a cache,
// and those of each pull.
func Steps(log string) map[string]float64 {
	names := map[string]string{}
	pulls := map[string]bool{}
	steps := map[string]float64{}
	for _, m := range progressLine.FindAllStringSubmatch(log, -1) {
		id, text := m[1], strings.TrimSpace(m[2])
		if _, ok := names[id]; !ok {
			names[id] = text
			continue
		}
		if pullLine.MatchString(text) {
			pulls[id] = true
		}
		done := doneLine.FindStringSubmatch(text)
		if done == nil {
			continue
		}
		name := names[id]
		if pulls[id] {
			name = Pulled + name
		}
		seconds, _ := strconv.ParseFloat(done[1], 64) // the pattern is a number
		steps[name] = seconds
		pulls[id] = false
	}
	return steps
}

// CacheExport is how long the steps say that the export of the cache took.
func CacheExport(steps map[string]float64) float64 {
	for name, seconds := range steps {
		if strings.HasPrefix(name, "exporting cache") {
			return seconds
		}
	}
	return 0
}
