package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/bench/internal/scenario"
)

// ownPeers are the ways to use modship, in the order of ratio tables.
var ownPeers = []string{syntax, client}

// Tables are all tables of the results, those of one subject together.
func Tables(r *result.Results) []Table {
	var tables []Table
	for _, s := range r.Subjects {
		v := view{r, s}
		tables = append(tables, v.times())
		for _, own := range ownPeers {
			tables = append(tables, v.ratios(own))
		}
		tables = append(tables, v.pushed(), v.compiled(), v.compilers(), v.sizes())
	}
	tables = append(tables, disk(r))
	return slices.DeleteFunc(tables, func(t Table) bool { return len(t.Rows) == 0 })
}

// disk says what daemons hold, the largest first.
func disk(r *result.Results) Table {
	t := Table{Title: "what the daemon holds after ten modules, three of them with C, and five edits of each", Header: []string{"kind", "bytes"}}
	for _, s := range r.Samples {
		if len(s.DiskBytes) == 0 || s.Error != "" {
			continue
		}
		t.Rows = nil // of the last one
		kinds := slices.SortedFunc(maps.Keys(s.DiskBytes), func(a, b string) int {
			return cmp.Or(cmp.Compare(s.DiskBytes[b], s.DiskBytes[a]), cmp.Compare(a, b))
		})
		for _, kind := range kinds {
			t.Rows = append(t.Rows, []string{kind, megabytes(float64(s.DiskBytes[kind]))})
		}
	}
	return t
}

// view is what the results say of one subject.
type view struct {
	r       *result.Results
	subject result.Subject
}

func (v view) title(what string) string {
	return fmt.Sprintf("%s %s (%s): %s", v.subject.Name, v.subject.Version, v.subject.Go, what)
}

func (v view) peers() []string {
	peers := v.distinct(func(s result.Sample) string { return s.Peer })
	slices.SortFunc(peers, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	return peers
}

// rank puts modship first and the bare compiler last.
func rank(peer string) int {
	order := []string{syntax, client, mounts, plain, travelling, koPeer, bare}
	if i := slices.Index(order, peer); i >= 0 {
		return i
	}
	return len(order)
}

// scenarios are in the order in which they are measured; a run in parts may have them in another.
func (v view) scenarios() []string {
	names := v.distinct(func(s result.Sample) string { return s.Scenario })
	ordered, err := scenario.Find(names)
	if err != nil {
		return names // one of another version of the benchmark
	}
	names = nil
	for _, s := range ordered {
		names = append(names, s.Name)
	}
	return names
}

func (v view) distinct(name func(result.Sample) string) []string {
	own := result.Results{Samples: slices.DeleteFunc(slices.Clone(v.r.Samples), func(s result.Sample) bool { return s.Subject != v.subject.Name })}
	return own.Distinct(name)
}

func (v view) summary(scenario, peer string, value func(result.Sample) float64) result.Summary {
	return v.r.Summary(result.Key{Subject: v.subject.Name, Scenario: scenario, Peer: peer}, value)
}

func (v view) times() Table {
	t := Table{Title: v.title("seconds, median (min–max)"), Header: append([]string{"scenario"}, v.peers()...)}
	for _, scenario := range v.scenarios() {
		row := []string{scenario}
		for _, peer := range v.peers() {
			row = append(row, duration(v.summary(scenario, peer, result.Seconds)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ratios compares one peer with all others; below 1 it was the faster one.
func (v view) ratios(own string) Table {
	others := slices.DeleteFunc(v.peers(), func(p string) bool { return slices.Contains(ownPeers, p) })
	t := Table{Title: v.title(own + ", ratio of medians to each peer"), Header: append([]string{"scenario"}, others...)}
	for _, scenario := range v.scenarios() {
		mine := v.summary(scenario, own, result.Seconds)
		row := []string{scenario}
		for _, peer := range others {
			row = append(row, ratio(mine.Ratio(v.summary(scenario, peer, result.Seconds))))
		}
		if mine.N > 0 && len(others) > 0 {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// pushed says what each build put into the registry, without caches.
func (v view) pushed() Table {
	peers := slices.DeleteFunc(v.peers(), func(p string) bool { return p == "go-build" })
	t := Table{Title: v.title("bytes pushed for the image, median"), Header: append([]string{"scenario"}, peers...)}
	for _, scenario := range v.scenarios() {
		row := []string{scenario}
		for _, peer := range peers {
			pushed := v.summary(scenario, peer, result.PushedBytes)
			// Nothing new is a number too, where there was a build.
			if pushed.N == 0 && v.summary(scenario, peer, result.Seconds).N > 0 {
				pushed.N = 1
			}
			row = append(row, size(pushed))
		}
		if len(peers) > 0 {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// compiled says how many packages of other modules builds compiled, where their logs say it.
func (v view) compiled() Table {
	return v.cells("packages of other modules compiled, all platforms (how often each)", func(scenario, peer string) string {
		compiled := v.summary(scenario, peer, func(s result.Sample) float64 { return float64(s.Compiled) })
		if compiled.N == 0 {
			return nothing
		}
		return fmt.Sprintf("%.0f (%.2f)", compiled.Median, v.summary(scenario, peer, timesCompiled).Median)
	})
}

// compilers says what the compilers of cold builds took together.
func (v view) compilers() Table {
	return v.cells("peak memory of all compilers together, and how many ran at once", func(scenario, peer string) string {
		bytes := v.summary(scenario, peer, result.CompilersPeakBytes)
		if bytes.N == 0 || !strings.HasPrefix(scenario, "cold") {
			return nothing
		}
		return fmt.Sprintf("%.0f MiB, %.0f", bytes.Median/(1<<20), v.summary(scenario, peer, func(s result.Sample) float64 { return float64(s.Compilers) }).Median)
	})
}

// cells makes a table of scenarios and peers, without the scenarios of which nothing is known.
func (v view) cells(title string, cell func(scenario, peer string) string) Table {
	t := Table{Title: v.title(title), Header: append([]string{"scenario"}, v.peers()...)}
	for _, scenario := range v.scenarios() {
		row := []string{scenario}
		known := false
		for _, peer := range v.peers() {
			text := cell(scenario, peer)
			known = known || text != nothing
			row = append(row, text)
		}
		if known {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// sizes are what hardly differs by scenario.
func (v view) sizes() Table {
	t := Table{
		Title: v.title("sizes; memory is the peak of all samples"),
		Header: []string{"peer", "image, by platform", "exported cache", "exporting it, seconds", "memory of the client",
			"of the largest process of client and children", "of the frontend container"},
	}
	for _, peer := range v.peers() {
		t.Rows = append(t.Rows, []string{
			peer, v.images("cold", peer),
			size(v.summary("cold-export", peer, result.CacheBytes)),
			duration(v.summary("cold-export", peer, result.CacheSeconds)),
			v.peak(peer, result.ClientPeakBytes),
			v.peak(peer, result.TreePeakBytes),
			v.peak(peer, result.FrontendPeakBytes),
		})
	}
	return t
}

func (v view) peak(peer string, value func(result.Sample) float64) string {
	var highest float64
	for _, s := range v.r.Samples {
		if s.Subject == v.subject.Name && s.Peer == peer && s.Error == "" {
			highest = max(highest, value(s))
		}
	}
	if highest == 0 {
		return nothing
	}
	return strconv.FormatFloat(highest/(1<<20), 'f', 1, 64) + " MiB"
}

func (v view) images(scenario, peer string) string {
	var parts []string
	sizes := v.r.ImageSizes(result.Key{Subject: v.subject.Name, Scenario: scenario, Peer: peer})
	for _, p := range slices.Sorted(maps.Keys(sizes)) {
		parts = append(parts, strings.TrimPrefix(p, "linux/")+" "+megabytes(sizes[p]))
	}
	return cmp.Or(strings.Join(parts, ", "), nothing)
}

// Facts are the machine and the programs, a line each.
func Facts(r *result.Results) []string {
	m := r.Machine
	lines := []string{
		fmt.Sprintf("%s, %d cores of %s, %s of memory, Linux %s, %s", m.OS+"/"+m.Architecture, m.Cores, m.CPU,
			strconv.FormatFloat(float64(m.MemoryBytes)/(1<<30), 'f', 1, 64)+" GiB", m.Kernel, r.Started),
	}
	var programs []string
	for name, version := range r.Versions {
		programs = append(programs, name+" "+version)
	}
	slices.Sort(programs)
	return append(lines, strings.Join(programs, ", "))
}

const nothing = "–"

func duration(s result.Summary) string {
	failed := ""
	if s.Failed > 0 {
		failed = fmt.Sprintf(" %d failed", s.Failed)
	}
	switch s.N {
	case 0:
		return cmp.Or(strings.TrimSpace(failed), nothing)
	case 1:
		return seconds(s.Median) + failed
	}
	return fmt.Sprintf("%s (%s–%s)%s", seconds(s.Median), seconds(s.Min), seconds(s.Max), failed)
}

func seconds(v float64) string {
	if v >= 10 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func ratio(v float64) string {
	if math.IsNaN(v) {
		return nothing
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func size(s result.Summary) string {
	if s.N == 0 {
		return nothing
	}
	return megabytes(s.Median)
}

// megabytes are 10⁶ bytes.
func megabytes(v float64) string { return strconv.FormatFloat(v/1e6, 'f', 2, 64) + " MB" }
