package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/modship-build/modship/bench/internal/result"
)

// reachSubject is the module that the goals are about. It has one main package, so a second target is that of targetSubject.
const (
	reachSubject  = "ko"
	targetSubject = "crane"
)

// goal is one sentence of what the project wants to reach, and how it is measured. measure gives NaN where a sample is missing;
// the goal is reached if what it gives is not above limit. A limit that is NaN makes a number that only informs.
type goal struct {
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

// against makes a goal of a ratio to one peer.
func against(scenario, peer string, limit float64) goal {
	return goal{
		text: fmt.Sprintf("%s ≤ %v × %s", scenario, limit, peer), limit: limit,
		measure: func(m medians, own string) float64 { return m.seconds(scenario, own) / m.seconds(scenario, peer) },
	}
}

var goals = []goal{
	against("cold", "dockerfile-mounts", 0.9),
	against("cold", "ko", 0.85),
	{text: "same ≤ 1.0 s", unit: " s", limit: 1, measure: func(m medians, own string) float64 { return m.seconds("same", own) }},
	against("same", "ko", 0.2),
	{text: "same ÷ dockerfile-mounts", limit: math.NaN(), measure: func(m medians, own string) float64 {
		return m.seconds("same", own) / m.seconds("same", "dockerfile-mounts")
	}},
	{text: "readme ≤ same + 0.2 s", unit: " s", limit: 0.2, perRun: true, measure: func(m medians, own string) float64 {
		return m.seconds("readme", own) - m.seconds("same", own)
	}},
	{text: "edit-main ≤ 1.0 × the better of dockerfile-mounts and ko", limit: 1, measure: func(m medians, own string) float64 {
		return m.seconds("edit-main", own) / min(m.seconds("edit-main", "dockerfile-mounts"), m.seconds("edit-main", "ko"))
	}},
	against("ci", "dockerfile-plain", 0.12),
	against("ci", "ko", 0.1),
	{text: "a second platform ≤ 1.15 × its bare compile", limit: 1.15, perRun: true, measure: func(m medians, own string) float64 {
		return secondPlatform(m, own) / secondPlatform(m, "go-build")
	}},
	{text: "a second target fetches nothing again", unit: " steps", measure: ofTarget(repeatedFetches)},
	{text: "a second target compiles no dependency again", unit: " packages", measure: ofTarget(repeatedCompiles)},
	{text: "a second target ÷ its bare go build, which compiles only what is new", limit: math.NaN(), measure: func(m medians, own string) float64 {
		m.subject = targetSubject
		return m.seconds("second-target", own) / m.seconds("second-target", "go-build")
	}},
	{text: "cache export ≤ 15 % of a cold build", limit: 0.15, measure: func(m medians, own string) float64 {
		return m.of("cold-export", own, addedByExport)
	}},
	{text: "exported cache ≤ 350 MB", unit: " MB", limit: 350, measure: func(m medians, own string) float64 {
		return m.of("cold-export", own, func(s result.Sample) float64 { return float64(s.CacheBytes) / 1e6 })
	}},
	{text: "memory of the frontend ≤ 100 MiB", unit: " MiB", limit: 100, peers: []string{"modship-syntax"}, measure: frontendMemory},
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

// ofTarget gives the worst of what the samples of a second target have. It is not a number where one of them has none: also not
// where its log was not understood, for a build of a program that was never built before compiles it.
func ofTarget(value func(result.Sample) float64) func(m medians, own string) float64 {
	return func(m medians, own string) float64 {
		var values []float64
		for _, s := range m.r.Samples {
			if s.Subject != targetSubject || s.Scenario != "second-target" || s.Peer != own || s.Error != "" {
				continue
			}
			if stepsOf(s, "compile") == 0 {
				return math.NaN()
			}
			values = append(values, value(s))
		}
		if len(values) == 0 {
			return math.NaN()
		}
		return slices.Max(values)
	}
}

// repeatedFetches counts the steps that fetch what the first build of the module has fetched.
func repeatedFetches(s result.Sample) float64 { return stepsOf(s, "toolchain", "modules") }

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
	if s.Recompiled == nil {
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
	t := Table{Title: "Goals (" + reachSubject + ")", Header: []string{"goal", "peer", "measured", "reached"}}
	m := medians{alias(r), reachSubject}
	for _, g := range goals {
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
