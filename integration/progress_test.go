//go:build linux

package integration

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/request"
)

// vertex is a step of a build as the plain progress log shows it.
type vertex struct {
	number string
	name   string
	cached bool
	ran    bool // it ended without coming from the cache
	took   time.Duration
	output string
}

var progressLine = regexp.MustCompile(`^#(\d+) (.*)$`)

// outputTime is before each line that a step prints.
var outputTime = regexp.MustCompile(`^\d+\.\d+ (.*)$`)

// vertices reads the log, in the order in which the steps appear.
func (r result) vertices() []*vertex {
	byNumber := map[string]*vertex{}
	var all []*vertex
	for line := range strings.Lines(r.log) {
		m := progressLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		v := byNumber[m[1]]
		if v == nil {
			v = &vertex{number: m[1], name: m[2]}
			byNumber[m[1]], all = v, append(all, v)
			continue
		}
		switch text := m[2]; {
		case text == "CACHED", strings.HasPrefix(text, "extracting sha256:"): // the latter came from an imported cache
			v.cached = true
		case strings.HasPrefix(text, "DONE "):
			v.ran = true
			v.took, _ = time.ParseDuration(strings.TrimPrefix(text, "DONE "))
		default:
			if out := outputTime.FindStringSubmatch(text); out != nil {
				v.ran = true // whether or not the display says how it ended
				v.output += out[1] + "\n"
			}
		}
	}
	return all
}

// ran lists the steps of a stage, such as "compile" or "arm64 deps", that were executed.
func (r result) ran(stage string) []*vertex {
	var found []*vertex
	for _, v := range r.vertices() {
		if v.ran && !v.cached && isStage(v.name, stage) {
			found = append(found, v)
		}
	}
	return found
}

func isStage(name, stage string) bool {
	head, _, ok := strings.Cut(strings.TrimPrefix(name, "["), "]")
	return ok && strings.HasPrefix(name, "[") && (head == stage || strings.HasSuffix(head, " "+stage))
}

// reused fails the test for each step of the stages that was executed although its result was there.
func (r result) reused(t *testing.T, stages ...string) {
	t.Helper()
	for _, stage := range stages {
		for _, v := range r.ran(stage) {
			t.Errorf("%s was executed, want it from the cache; its lines:\n%s", v.name, r.linesOf(v))
		}
	}
}

// cached is reused for stages that must be part of the build: a stage that is none has no step that was executed either.
func (r result) cached(t *testing.T, stages ...string) {
	t.Helper()
	r.reused(t, stages...)
	steps := r.vertices()
	for _, stage := range stages {
		// The display of BuildKit v0.33.1 leaves out, once in some hundred builds, how a step that was in the cache ended. One that ran
		// has lines of its own, and is none of these.
		if !slices.ContainsFunc(steps, func(v *vertex) bool { return (v.cached || !v.ran) && isStage(v.name, stage) }) {
			t.Errorf("no step of %s came from the cache:\n%s", stage, r.log)
		}
	}
}

// without fails the test for each step of the stages that is part of the build, even if its result was there: a step that an
// earlier test made comes from the cache.
func (r result) without(t *testing.T, stages ...string) {
	t.Helper()
	steps := r.vertices()
	if len(steps) == 0 {
		t.Errorf("no steps in the log:\n%s", r.log)
	}
	for _, stage := range stages {
		for _, v := range steps {
			if isStage(v.name, stage) {
				t.Errorf("%s is part of the build", v.name)
			}
		}
	}
}

// linesOf is what the log says of a step.
func (r result) linesOf(v *vertex) string {
	var lines strings.Builder
	for line := range strings.Lines(r.log) {
		if strings.HasPrefix(line, "#"+v.number+" ") {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

// executed fails the test if no step of the stage was executed.
func (r result) executed(t *testing.T, stage string) {
	t.Helper()
	if len(r.ran(stage)) == 0 {
		t.Errorf("no step of %s was executed:\n%s", stage, r.log)
	}
}

var countLine = regexp.MustCompile(`^\[(\d+)/(\d+)\] `)

// countsPackages holds the steps of a build in which everything is compiled against what they say of how far they are: those that take long
// enough to say it count up to what there is.
func (r result) countsPackages(t *testing.T) {
	t.Helper()
	for _, v := range slices.Concat(r.ran("deps"), r.ran("compile")) {
		before, of, named := 0, 0, 0
		for line := range strings.Lines(v.output) {
			line = strings.TrimSuffix(line, "\n")
			if _, ok := request.CompiledPackage(line); !ok {
				continue
			}
			named++
			m := countLine.FindStringSubmatch(line)
			if m == nil {
				if of > 0 {
					t.Errorf("%s: %q has no number, and lines before it have one", v.name, line)
				}
				continue
			}
			n, _ := strconv.Atoi(m[1])
			of, _ = strconv.Atoi(m[2])
			if n <= before || n > of {
				t.Errorf("%s: %q after %d", v.name, line, before)
			}
			before = n
		}
		if before != of || of > 0 && named != of {
			t.Errorf("%s has counted to %d of %d, and named %d packages", v.name, before, of, named)
		}
		t.Logf("%s: %d packages, of which it knew to be %d", v.name, named, of)
	}
}

// countsModules holds the steps that fetch modules against what they say of how far they are, which some must.
func (r result) countsModules(t *testing.T) {
	t.Helper()
	said := 0
	for _, v := range r.ran("modules") {
		before := 0
		for line := range strings.Lines(v.output) {
			m := countLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			n, _ := strconv.Atoi(m[1])
			of, _ := strconv.Atoi(m[2])
			if n <= before || n > of || !strings.Contains(line, "@v") {
				t.Errorf("%s: %q after %d", v.name, line, before)
			}
			before, said = n, said+1
		}
	}
	if said == 0 {
		t.Errorf("no step says how many modules it has fetched:\n%s", r.log)
	}
}
