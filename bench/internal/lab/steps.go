package lab

import (
	"iter"
	"regexp"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/request"
)

var (
	progressLine = regexp.MustCompile(`(?m)^#(\d+) (.+)$`)
	doneLine     = regexp.MustCompile(`^DONE ([\d.]+)s$`)
	pullLine     = regexp.MustCompile(`^(extracting )?sha256:`)
	saidLine     = regexp.MustCompile(`^[\d.]+ (.+)$`)
)

// Pulled stands before the name of a step that was not executed: its layers came from an image or from a registry cache.
const Pulled = "pulled: "

// Steps reads a log of BuildKit's plain progress. It gives the seconds of each step that was executed and not found in a cache,
// and those of each pull.
func Steps(log string) map[string]float64 {
	pulls := map[string]bool{}
	steps := map[string]float64{}
	for p := range readProgress(log) {
		if pullLine.MatchString(p.text) {
			pulls[p.id] = true
		}
		done := doneLine.FindStringSubmatch(p.text)
		if done == nil {
			continue
		}
		name := p.step
		if pulls[p.id] {
			name = Pulled + name
		}
		seconds, _ := strconv.ParseFloat(done[1], 64) // the pattern is a number
		steps[name] = seconds
		pulls[p.id] = false
	}
	return steps
}

// Compiled reads which packages were compiled in each step, of a log of BuildKit's plain progress in which the steps run
// `go build -v`: that prints the import path of a package as a line of its own, after the seconds that BuildKit adds and the numbers that
// modship may add, and none of a package that is in its cache.
func Compiled(log string) map[string][]string {
	packages := map[string][]string{}
	for p := range readProgress(log) {
		if m := saidLine.FindStringSubmatch(p.text); m != nil {
			if pkg, ok := request.CompiledPackage(m[1]); ok {
				packages[p.step] = append(packages[p.step], pkg)
			}
		}
	}
	return packages
}

// progress is one line of a step; steps may have equal names, but not equal numbers.
type progress struct{ id, step, text string }

// readProgress gives the lines of all steps without those that name a step for the first time.
func readProgress(log string) iter.Seq[progress] {
	return func(yield func(progress) bool) {
		names := map[string]string{}
		for _, m := range progressLine.FindAllStringSubmatch(log, -1) {
			id, text := m[1], strings.TrimSpace(m[2])
			if _, ok := names[id]; !ok {
				names[id] = text
				continue
			}
			if !yield(progress{id, names[id], text}) {
				return
			}
		}
	}
}

// CacheExport is how long the steps say that the export of the cache took: the longest where several targets were built at once.
func CacheExport(steps map[string]float64) float64 {
	longest := 0.0
	for name, seconds := range steps {
		if strings.Contains(name, "exporting cache") {
			longest = max(longest, seconds)
		}
	}
	return longest
}

// ThirdParty counts the packages that a log says were compiled and that are neither standard ones nor of the module: all, and how
// many there are if each counts once for each platform. Paths of standard packages have no dot in their first element. Both are 0
// where the log does not say what was compiled.
func ThirdParty(log, module string) (compiled, unique int) {
	seen := map[[2]string]bool{}
	for step, packages := range Compiled(log) {
		platform := platformOf(step)
		for _, pkg := range packages {
			first, _, _ := strings.Cut(pkg, "/")
			if !strings.Contains(first, ".") || pkg == module || strings.HasPrefix(pkg, module+"/") {
				continue
			}
			compiled++
			seen[[2]string{platform, pkg}] = true
		}
	}
	return compiled, len(seen)
}

// platformOf is the platform in the name of a step, such as "linux/arm64" of "[api linux/arm64 deps] compile", and "" if it has none.
func platformOf(step string) string {
	brackets, _, _ := strings.Cut(step, "]")
	for field := range strings.FieldsSeq(strings.TrimPrefix(brackets, "[")) {
		if strings.HasPrefix(field, "linux/") {
			return field
		}
	}
	return ""
}
