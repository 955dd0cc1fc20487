//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/peer"
	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/bench/internal/scenario"
	"github.com/modship-build/modship/bench/internal/subject"
	"github.com/modship-build/modship/internal/localfile"
)

// measurement is one run of everything that was asked for.
type measurement struct {
	options
	lab     *lab.Lab
	results *result.Results
	done    int
}

// measure gives what was measured also if it ends with an error.
func (o options) measure(ctx context.Context) (r *result.Results, err error) {
	l, err := lab.Open(ctx, lab.Options{CacheDir: o.cache, Modship: o.modship, Keep: o.keep, Progress: os.Stderr})
	defer func() { err = errors.Join(err, l.Close()) }()
	if err != nil {
		return nil, fmt.Errorf("setting up: %w", err)
	}
	m := &measurement{options: o, lab: l, results: &result.Results{Started: time.Now().UTC().Format(time.RFC3339)}}
	if m.results.Machine, err = lab.Machine(); err != nil {
		return nil, err
	}
	if m.results.Versions, err = l.Versions(ctx); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(o.scenarios, func(sc scenario.Scenario) bool { return sc.Upgrade }) {
		if err := l.MakeNext(ctx); err != nil {
			return nil, err
		}
	}
	for _, s := range o.subjects {
		if err := m.subject(ctx, s); err != nil {
			return m.results, err
		}
	}
	for _, sc := range o.scenarios {
		if !sc.Disk {
			continue
		}
		if err := m.disk(ctx, sc); err != nil {
			return m.results, err
		}
	}
	if n := failures(m.results); n > 0 {
		return m.results, fmt.Errorf("%d of %d samples failed", n, len(m.results.Samples))
	}
	return m.results, nil
}

// subject measures all rounds of one module. The peers take turns: a round has every peer once in each scenario, and each round
// begins with another peer, so that neither a slow minute of the machine nor a place in the order falls on one peer alone.
func (m *measurement) subject(ctx context.Context, s subject.Subject) error {
	ready, err := m.prepare(ctx, s)
	if err != nil {
		return fmt.Errorf("preparing %s: %w", s.Name, err)
	}
	m.results.Subjects = append(m.results.Subjects, result.Subject{Name: s.Name, Module: s.Module, Version: s.Version, Main: s.Main, Go: ready.goVersion})
	var stations []*station
	for _, p := range m.peers {
		stations = append(stations, m.newStation(ready, p))
	}
	defer func() {
		for _, st := range stations {
			if err := st.clear(); err != nil {
				m.lab.Progressf("clearing up after %s: %v", st.peer.Name, err)
			}
		}
	}()
	for round := range max(m.n, m.quick) {
		for turn, sc := range m.scenarios {
			if round >= m.samples(sc) {
				continue
			}
			if err := m.empty(ctx, stations, sc); err != nil {
				return err
			}
			for i, at := range order(len(stations), round+turn) {
				st := stations[at]
				if !applies(sc, s, st.peer) {
					continue
				}
				if err := m.sample(ctx, st, sc, result.Sample{Round: round + 1, Position: i + 1}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// empty removes the state of all that are about to start from nothing, and rests after it.
func (m *measurement) empty(ctx context.Context, stations []*station, sc scenario.Scenario) error {
	removed := false
	for _, st := range stations {
		if !sc.Fresh || !st.hasState() || !applies(sc, st.ready.Subject, st.peer) {
			continue
		}
		if err := st.clear(); err != nil {
			return err
		}
		removed = true
	}
	if !removed {
		return nil
	}
	return m.lab.Rest(ctx)
}

// samples is how many samples a scenario has of each peer.
func (o options) samples(sc scenario.Scenario) int {
	if sc.Fresh || sc.Once {
		return o.n
	}
	return max(o.n, o.quick)
}

// order lists 0 to n-1, beginning with start.
func order(n, start int) []int {
	turns := make([]int, n)
	for i := range turns {
		turns[i] = (start + i) % n
	}
	return turns
}

// sample adds one sample; its error ends the run.
func (m *measurement) sample(ctx context.Context, st *station, sc scenario.Scenario, s result.Sample) error {
	s.Subject, s.Scenario, s.Peer, s.Platforms = st.ready.Name, sc.Name, st.peer.Name, sc.Of(m.platforms)
	m.done++
	m.lab.Progressf("[%d/%d] %s %s %s, round %d of %d …", m.done, m.total(), s.Subject, s.Scenario, s.Peer, s.Round, m.samples(sc))
	log, err := st.measure(ctx, sc, &s)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		s.Error, s.Log = err.Error(), lab.Tail(log, 40)
		m.lab.Progressf("  failed: %s\n%s", s.Error, s.Log)
	} else {
		m.lab.Progressf("  %.2f s", s.Seconds)
	}
	if m.verbose {
		m.lab.Progressf("%s", log)
	}
	m.results.Samples = append(m.results.Samples, s)
	return m.save()
}

// applies tells whether there is something to measure: not every module has a second main package, not every peer a cache or a next
// release, and not every peer takes several programs at once.
func applies(sc scenario.Scenario, s subject.Subject, p peer.Peer) bool {
	return !sc.Disk && s.Takes(sc.Second, sc.Union) &&
		(!sc.Export || p.BuildKit) && (!p.Travels || sc.Export || sc.Import) &&
		(!sc.Upgrade && !sc.Seed || p.Own) && (p.Many || len(sc.Targets(s)) == 1)
}

// total is how many samples of subjects there will be.
func (m *measurement) total() int {
	n := 0
	for _, s := range m.subjects {
		for _, sc := range m.scenarios {
			for _, p := range m.peers {
				if applies(sc, s, p) {
					n += m.samples(sc)
				}
			}
		}
	}
	return n
}

// save writes what there is, whole or not at all, so that an interrupted run of hours is not lost.
func (m *measurement) save() error {
	if m.out == "" {
		return nil
	}
	return localfile.Write(m.out, m.results.Write)
}

func failures(r *result.Results) int {
	n := 0
	for _, s := range r.Samples {
		if s.Error != "" {
			n++
		}
	}
	return n
}

// newStation gives a peer its place.
func (m *measurement) newStation(ready *prepared, p peer.Peer) *station {
	dir := filepath.Join(m.lab.Dir, "work", ready.Name, p.Name)
	st := &station{
		peer: p, ready: ready, runPlatforms: m.platforms, timeout: m.timeout, dir: dir, caches: map[string]string{}, seeded: map[string]bool{},
	}
	st.site = peer.Site{
		Lab: m.lab, Subject: &ready.Prepared, Goroot: ready.goroot, Go: ready.goVersion,
		Dir: filepath.Join(dir, "state"), Kept: filepath.Join(dir, "kept"),
	}
	if p.BuildKit {
		st.site.Daemon = m.lab.NewDaemon(dir)
	}
	return st
}
