package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modship-build/modship/bench/internal/result"
)

// Subjects that goals are about. reachSubject has one main package, so a second target is that of targetSubject.
const (
	reachSubject    = "ko"
	targetSubject   = "crane"
	largeSubject    = "telegraf"
	programsSubject = "targets8"
	diskSubject     = "modules10"
)

// goal is one sentence of what the project wants to reach, and how it is measured. measure gives NaN where a sample is missing;
// the goal is reached if what it gives is not above limit. A limit that is NaN makes a number that only informs.
type goal struct {
	// subject is "" for reachSubject; text begins with any other.
	subject string
	text    string
	unit    string
	limit   float64
	peers   []string // of which modship peers; nil means both
	measure func(m medians, own string) float64
	// perRun takes all that is measured from one run, where one has it all: scenarios are subtracted from each other, and the
	// machine of another day may be a faster one.
	perRun bool
}

// medians looks up the median of a value; it is not a number if there is none.
type medians struct {
	r       *result.Results
	subject string
}

func (m medians) of(scenario, peer string, value func(result.Sample) float64) float64 {
	s := m.r.Summary(result.Key{Subject: m.subject, Scenario: scenario, Peer: peer}, value)
	if s.N == 0 {
		return math.NaN()
	}
	return s.Median
}

func (m medians) seconds(scenario, peer string) float64 { return m.of(scenario, peer, result.Seconds) }

// perRun gives the median of what measure says of each run, without those that it says nothing of; if there are only such, what it
// says of all runs together.
func (m medians) perRun(measure func(medians) float64) float64 {
	runs := map[int][]result.Sample{}
	for _, s := range m.r.Samples {
		runs[s.Run] = append(runs[s.Run], s)
	}
	var values []float64
	for _, samples := range runs {
		if v := measure(medians{&result.Results{Samples: samples}, m.subject}); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return measure(m)
	}
	return result.Summarize(values).Median
}

// best is the shortest of what the peers took; it is not a number if one of them is missing.
func (m medians) best(scenario string, peers ...string) float64 {
	shortest := math.Inf(1)
	for _, peer := range peers {
		shortest = min(shortest, m.seconds(scenario, peer))
	}
	return shortest
}

// against makes a goal of a ratio to the best of some peers.
func against(scenario string, limit float64, peers ...string) goal {
	of := strings.Join(peers, " and ")
	if len(peers) > 1 {
		of = "the better of " + of
	}
	text := fmt.Sprintf("%s ≤ %.2f × %s", scenario, limit, of)
	if math.IsNaN(limit) {
		text = scenario + " ÷ " + of
	}
	return goal{text: text, limit: limit, measure: func(m medians, own string) float64 {
		return m.seconds(scenario, own) / m.best(scenario, peers...)
	}}
}

// of makes a goal that is about another subject.
func of(subject string, g goal, peers ...string) goal {
	g.subject, g.text, g.peers = subject, subject+": "+g.text, peers
	return g
}

// Peers that goals name.
const (
	syntax     = "modship-syntax"
	client     = "modship-client"
	mounts     = "dockerfile-mounts"
	plain      = "dockerfile-plain"
	travelling = "dockerfile-dance"
	koPeer     = "ko"
	bare       = "go-build"
)

// open is the limit of a number that only informs.
var open = math.NaN()

var goals = []goal{
	against("cold", 0.85, mounts),
	against("cold", 0.85, koPeer),
	against("cold", 1, bare),
	of(targetSubject, against("cold", 1, koPeer)),
	{text: "same ≤ 0.2 s", unit: " s", limit: 0.2, peers: []string{syntax}, measure: secondsOf("same")},
	of(largeSubject, goal{text: "same ≤ 0.5 s", unit: " s", limit: 0.5, measure: secondsOf("same")}, syntax),
	against("same", 0.2, koPeer),
	against("same", open, mounts),
	{text: "readme ≤ same + 0.2 s", unit: " s", limit: 0.2, perRun: true, measure: func(m medians, own string) float64 {
		return m.seconds("readme", own) - m.seconds("same", own)
	}},
	against("edit-main", 0.8, mounts, koPeer),
	against("edit-main", 0.9, bare),
	against("edit-gzip", open, mounts, koPeer),
	against("edit-leaf", 0.8, mounts, koPeer),
	against("edit-leaf", 0.9, bare),
	against("std-import", 1, mounts, koPeer),
	of(targetSubject, against("second-target", 1, mounts, koPeer)),
	{text: "a second target fetches nothing again", unit: " steps", measure: worst(targetSubject, "second-target", repeatedFetches)},
	{text: "a second target compiles no dependency again", unit: " packages", measure: worst(targetSubject, "second-target", repeatedCompiles)},
	against("bump", 1.1, mounts, koPeer),
	{text: "upgrade compiles nothing", unit: " steps", measure: worst(reachSubject, "upgrade", compileSteps)},
	against("ci", 0.07, plain),
	against("ci", 0.1, koPeer),
	against("ci", open, travelling),
	against("bump-ci", open, plain),
	against("bump-ci", open, travelling),
	{text: "bump-ci-seed ≤ 0.20 × dockerfile-plain in bump-ci", limit: 0.2, measure: func(m medians, own string) float64 {
		return m.seconds("bump-ci-seed", own) / m.seconds("bump-ci", plain)
	}},
	{text: "bump-ci-seed ≤ 0.25 × bump-ci", limit: 0.25, measure: func(m medians, own string) float64 {
		return m.seconds("bump-ci-seed", own) / m.seconds("bump-ci", own)
	}},
	{text: "a second platform ≤ 1.15 × its bare compile", limit: 1.15, perRun: true, measure: func(m medians, own string) float64 {
		return secondPlatform(m, own) / secondPlatform(m, bare)
	}},
	of(programsSubject, goal{text: "cold compiles ≤ 1.02 × the packages of other modules", limit: 1.02, measure: func(m medians, own string) float64 {
		return m.of("cold", own, timesCompiled)
	}}, syntax),
	of(programsSubject, against("cold", 1.15, bare), syntax),
	of(programsSubject, against("edit-leaf", 1.2, bare), syntax),
	of(programsSubject, goal{text: "exported cache ≤ 1.30 × that of union-export", limit: 1.3, measure: func(m medians, own string) float64 {
		return m.of("cold-export", own, result.CacheBytes) / m.of("union-export", own, result.CacheBytes)
	}}, syntax),
	of(targetSubject, goal{text: "compilers of cold@8 take ≤ 1.50 × the memory of those of cold@1", limit: 1.5, measure: func(m medians, own string) float64 {
		return m.of("cold@8", own, result.CompilersPeakBytes) / m.of("cold@1", own, result.CompilersPeakBytes)
	}}, syntax),
	of(targetSubject, against("cold@8", 1, bare), syntax),
	{text: "cache export ≤ 15 % of a cold build", limit: 0.15, measure: func(m medians, own string) float64 {
		return m.of("cold-export", own, addedByExport)
	}},
	{text: "exported cache ≤ 230 MB", unit: " MB", limit: 230, measure: func(m medians, own string) float64 {
		return m.of("cold-export", own, result.CacheBytes) / 1e6
	}},
	{subject: diskSubject, text: "modules10: what the daemon holds", unit: " GB", limit: open, peers: []string{client}, measure: func(m medians, own string) float64 {
		return m.of("disk", own, heldBytes) / 1e9
	}},
	{text: "memory of the frontend ≤ 100 MiB", unit: " MiB", limit: 100, peers: []string{syntax}, measure: frontendMemory},
}

func secondsOf(scenario string) func(medians, string) float64 {
	return func(m medians, own string) float64 { return m.seconds(scenario, own) }
}

// heldBytes is the sum of a daemon's records; the one kind that is not of them is all of its files.
func heldBytes(s result.Sample) float64 {
	var sum int64
	for kind, bytes := range s.DiskBytes {
		if kind != result.DaemonFiles {
			sum += bytes
		}
	}
	return float64(sum)
}

// timesCompiled is how often a package was compiled for a platform, on the average.
func timesCompiled(s result.Sample) float64 {
	if s.Unique == 0 {
		return 0 // not measured
	}
	return float64(s.Compiled) / float64(s.Unique)
}

// addedByExport is what exporting the cache added to the rest of the build. BuildKit says how long it took; two builds, one with and
// one without it, differ by more than that.
func addedByExport(s result.Sample) float64 {
	return s.CacheSeconds / (s.Seconds - s.CacheSeconds)
}

// secondPlatform is what the second of two platforms adds to a cold build. Where no run has every peer, one that has this peer's
// two builds does.
func secondPlatform(m medians, peer string) float64 {
	return m.perRun(func(m medians) float64 { return m.seconds("cold@2", peer) - m.seconds("cold@1", peer) })
}

// worst gives the highest of what the samples of a scenario have. It is not a number where one of them has none: also not where its log
// was not understood, for no build runs nothing at all.
func worst(subject, scenario string, value func(result.Sample) float64) func(m medians, own string) float64 {
	return func(m medians, own string) float64 {
		var values []float64
		for _, s := range m.r.Samples {
			if s.Subject != subject || s.Scenario != scenario || s.Peer != own || s.Error != "" {
				continue
			}
			if len(s.Steps) == 0 {
				return math.NaN()
			}
			values = append(values, value(s))
		}
		if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
			return math.NaN()
		}
		return slices.Max(values)
	}
}

// compileSteps counts the steps that compile, and the packages that any step says it has compiled.
func compileSteps(s result.Sample) float64 {
	return stepsOf(s, "deps", "std", "compile") + float64(s.Compiled)
}

// repeatedFetches counts the steps that fetch what the first build of the module has fetched; it is not a number where the log does not
// even say that a program was compiled which was never built before.
func repeatedFetches(s result.Sample) float64 {
	if stepsOf(s, "compile") == 0 {
		return math.NaN()
	}
	return stepsOf(s, "toolchain", "modules")
}

// stepsOf counts the steps of the stages that were executed; what was pulled is of none.
func stepsOf(s result.Sample, stages ...string) float64 {
	n := 0.0
	for step := range s.Steps {
		if _, stage := result.Stage(step); slices.Contains(stages, stage) {
			n++
		}
	}
	return n
}

// repeatedCompiles counts the packages that the first build of the module has compiled.
func repeatedCompiles(s result.Sample) float64 {
	if s.Recompiled == nil || stepsOf(s, "compile") == 0 {
		return math.NaN()
	}
	return float64(len(s.Recompiled))
}

func frontendMemory(m medians, own string) float64 {
	peak := math.NaN()
	for _, s := range m.r.Samples {
		if v := float64(s.FrontendPeakBytes) / (1 << 20); s.Subject == m.subject && s.Peer == own && v > 0 && !(peak >= v) {
			peak = v
		}
	}
	return peak
}

// Reach judges the results by the goals, one row for each goal and way to use modship.
func Reach(r *result.Results) Table {
	t := Table{Title: "Goals (" + reachSubject + ", where no other subject is named)", Header: []string{"goal", "peer", "measured", "reached"}}
	all := alias(r)
	for _, g := range goals {
		m := medians{all, cmp.Or(g.subject, reachSubject)}
		peers := g.peers
		if peers == nil {
			peers = ownPeers
		}
		for _, own := range peers {
			got := g.of(m, own)
			t.Rows = append(t.Rows, []string{g.text, own, g.format(got), verdict(got, g.limit)})
		}
	}
	return t
}

func (g goal) of(m medians, own string) float64 {
	if !g.perRun {
		return g.measure(m, own)
	}
	return m.perRun(func(m medians) float64 { return g.measure(m, own) })
}

func (g goal) format(v float64) string {
	if math.IsNaN(v) {
		return nothing
	}
	return ratio(v) + g.unit
}

func verdict(got, limit float64) string {
	switch {
	case math.IsNaN(got) || math.IsInf(got, 0):
		return "not measured"
	case math.IsNaN(limit):
		return "for information"
	case got <= limit:
		return "pass"
	}
	return "FAIL"
}

// alias adds cold builds of one or two platforms a second time, under their other name: "cold" in a run for as many platforms
// is what "cold@1" and "cold@2" are.
func alias(r *result.Results) *result.Results {
	both := *r
	both.Samples = slices.Clone(r.Samples)
	for _, s := range r.Samples {
		if s.Scenario == "cold" {
			s.Scenario = fmt.Sprintf("cold@%d", len(s.Platforms))
			both.Samples = append(both.Samples, s)
		}
	}
	return &both
}
