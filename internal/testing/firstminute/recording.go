package firstminute

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/golden"
)

// File has the recording, from the root of the module. A desk that passes is written down by
// `MODSHIP_TEST_FULL=1 go test -timeout 60m -run TestFirstMinute ./integration -update`, and by nothing else.
const File = "integration/testdata/firstminute.json"

// Desk is what was seen at one.
type Desk struct {
	Name string `json:"name"`
	// With says what the machine and the user had.
	With []string `json:"with"`
	// Typed are the commands, as the page has them.
	Typed []Typed `json:"typed"`
}

// Typed is a command, what it printed, shortened as pages do, and how long it took.
type Typed struct {
	Command string   `json:"command"`
	Prints  []string `json:"prints,omitempty"`
	Seconds float64  `json:"seconds"`
}

// Recorded gives the desks that were recorded, in the order of [Desks]; root is the root of the module.
func Recorded(t testing.TB, root string) (desks []Desk) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, File))
	if err != nil {
		t.Fatal(err)
	}
	golden.Decode(t, data, &desks)
	return desks
}

// Record writes down what was seen at a desk, if the test runs with -update.
func Record(t testing.TB, root string, seen Desk) {
	t.Helper()
	if !golden.Updates() {
		return
	}
	for _, typed := range seen.Typed {
		for _, line := range typed.Prints {
			if place := OfMachine(line); place != "" {
				t.Fatalf("%s printed %q, and %q is of this machine", typed.Command, line, place)
			}
		}
	}
	desks := slices.DeleteFunc(Recorded(t, root), func(d Desk) bool { return d.Name == seen.Name })
	desks = append(desks, seen)
	slices.SortFunc(desks, func(a, b Desk) int { return slices.Index(Desks(), a.Name) - slices.Index(Desks(), b.Name) })
	golden.File(t, filepath.Join(root, File), golden.JSON(t, desks))
}

var ofMachine = regexp.MustCompile(`/(?:root|home|tmp|var/lib|var/tmp)/\S*|https?://\S+`)

// OfMachine gives what a line says of the machine alone, or "": a folder of a user's, or an address.
func OfMachine(line string) string { return ofMachine.FindString(line) }

var (
	// passing are lines that only say how far something is, or when, names that buildx makes up, and the empty ones.
	passing = regexp.MustCompile(`^(?:#\d+ .*|go: (?:downloading|finding) .*|\d{4}/\d\d/\d\d .*|[a-z]+_[a-z]+|\s*…?)$`)
	hash    = regexp.MustCompile(`[0-9a-f]{16,}`)
	colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
)

// Shorten gives what a command has printed as a page shows it: without what only says how far it is, with short hashes, and of many lines the
// first and the last.
func Shorten(said string) (lines []string) {
	const first, last = 3, 6
	for line := range strings.Lines(colours.ReplaceAllString(said, "")) {
		line = strings.TrimRight(line, "\r\n\t ")
		if passing.MatchString(line) {
			if n := len(lines); strings.TrimSpace(line) != "" && (n == 0 || lines[n-1] != "…") {
				lines = append(lines, "…")
			}
			continue
		}
		lines = append(lines, hash.ReplaceAllStringFunc(line, func(h string) string { return h[:8] + "…" }))
	}
	if len(lines) > first+last+1 {
		lines = slices.Concat(lines[:first], []string{"…"}, lines[len(lines)-last:])
	}
	return slices.CompactFunc(lines, func(a, b string) bool { return a == "…" && b == "…" })
}

// Drift says how what was recorded at a desk differs from what the page has readers type; "" if it does not.
func (d Desk) Drift(steps []Step) string {
	var page, recorded []string
	for _, s := range steps {
		if s.File == "" {
			page = append(page, s.Command)
		}
	}
	for _, typed := range d.Typed {
		recorded = append(recorded, typed.Command)
	}
	if slices.Equal(page, recorded) {
		return ""
	}
	return fmt.Sprintf("%s: the page has readers type %q, and recorded is %q: type it again, as CONTRIBUTING.md says", d.Name, page, recorded)
}
