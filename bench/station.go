//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/peer"
	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/bench/internal/scenario"
)

// station is one peer at work on one subject, with the state that its builds leave.
type station struct {
	peer         peer.Peer
	ready        *prepared
	site         peer.Site
	runPlatforms []string
	timeout      time.Duration
	dir          string

	// resets counts the times that everything was emptied: each has a repository of its own, so that no build finds its layers
	// pushed already.
	resets int
	// warm are the platforms that the state has a finished cold build of; used are the scenarios that it can take no second time.
	warm []string
	used map[string]bool
	// compiled is what the builds since the last time that everything was emptied compiled.
	compiled compiled
	// caches are references of exported caches by what was built; seeded are those that have a seed, by its reference.
	caches map[string]string
	seeded map[string]bool
}

// measure runs one scenario, and fills the sample with what was measured.
func (st *station) measure(ctx context.Context, sc scenario.Scenario, s *result.Sample) (log string, err error) {
	order := peer.Order{Platforms: s.Platforms, Targets: sc.Targets(st.ready.Subject), Next: sc.Upgrade, Gzip: sc.Gzip}
	if log, err = st.begin(ctx, sc, &order); err != nil {
		return log, fmt.Errorf("before the build: %w", err)
	}
	if sc.Edit != nil {
		if err := sc.Edit(st.site.Tree); err != nil {
			return "", err
		}
	}
	order.Image = st.image()
	if sc.Export {
		order.CacheTo = st.cache()
	}
	before, err := st.site.Lab.Usage(st.repository())
	if err != nil {
		return "", err
	}
	// What was written before this build is not to be written to the disk during it.
	syscall.Sync()
	s.Load = lab.Load()
	run, err := st.build(ctx, order)
	if err != nil {
		st.warm = nil
		return run.Log, err
	}
	st.finish(sc, order)
	s.Seconds = run.Seconds
	s.ClientPeakBytes, s.TreePeakBytes, s.FrontendPeakBytes = run.Memory.Client, run.Memory.Tree, run.Memory.Frontend
	s.CompilersPeakBytes, s.Compilers = run.Memory.Compilers, run.Memory.Running
	return run.Log, st.inspect(s, order, before, run.Log)
}

// begin brings the station into the state that the scenario starts from.
func (st *station) begin(ctx context.Context, sc scenario.Scenario, order *peer.Order) (log string, err error) {
	switch {
	case sc.Import && st.peer.BuildKit:
		before := peer.Order{Platforms: order.Platforms, Targets: order.Targets}
		if log, err := st.exportOnce(ctx, before, sc.Seed); err != nil {
			return log, err
		}
		order.CacheFrom = st.caches[key(before)]
		if sc.Seed {
			order.SeedFrom = st.seed(order.CacheFrom)
		}
		return "", st.reset(ctx)
	case sc.Fresh:
		return "", st.reset(ctx)
	case slices.Equal(st.warm, order.Platforms) && !st.used[sc.Name]:
		return "", nil
	}
	st.site.Lab.Progressf("  building once without measuring …")
	if err := st.reset(ctx); err != nil {
		return "", err
	}
	run, err := st.build(ctx, peer.Order{Platforms: order.Platforms, Targets: st.ready.Built(), Image: st.image()})
	if err == nil {
		st.warm = order.Platforms
	}
	st.compiled.add(run.Log)
	return run.Log, err
}

// exportOnce sees to it that there is a cache of an order in the registry, and a seed if that is wanted.
func (st *station) exportOnce(ctx context.Context, order peer.Order, seed bool) (log string, err error) {
	if cache := st.caches[key(order)]; cache != "" && (!seed || st.seeded[st.seed(cache)]) {
		return "", nil
	}
	st.site.Lab.Progressf("  exporting the cache without measuring …")
	if err := st.reset(ctx); err != nil {
		return "", err
	}
	order.Image, order.CacheTo = st.image(), st.cache()
	run, err := st.build(ctx, order)
	if err != nil {
		return run.Log, err
	}
	st.keepCache(order)
	if seed {
		order.SeedTo = st.seed(order.CacheTo)
		order.Image, order.CacheTo = order.SeedTo, ""
		if run, err = st.build(ctx, order); err != nil {
			return run.Log, err
		}
		st.seeded[order.SeedTo] = true
	}
	if err := st.clear(); err != nil {
		return "", err
	}
	return "", st.site.Lab.Rest(ctx)
}

func (st *station) build(ctx context.Context, o peer.Order) (lab.Run, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, st.timeout, fmt.Errorf("the build took longer than %s", st.timeout))
	defer cancel()
	root := ""
	if st.site.Daemon != nil {
		root = st.site.Daemon.Root
	}
	return st.site.Lab.Execute(ctx, st.peer.Commands(st.site, o), root)
}

// finish remembers what the build left.
func (st *station) finish(sc scenario.Scenario, o peer.Order) {
	st.used[sc.Name] = sc.Once
	switch {
	case sc.Fresh && !sc.Import && !sc.Export && !sc.Union:
		st.warm = o.Platforms
	case sc.Fresh:
		st.warm = nil
	}
	if o.CacheTo != "" {
		st.keepCache(o)
	}
}

func (st *station) keepCache(o peer.Order) {
	st.caches[key(o)] = o.CacheTo
}

// inspect reads the sizes of what was pushed, and checks it.
func (st *station) inspect(s *result.Sample, o peer.Order, before lab.Usage, log string) error {
	s.Steps, s.Recompiled = lab.Steps(log), st.compiled.add(log)
	if st.site.Daemon != nil {
		s.Compiled, s.Unique = lab.ThirdParty(log, st.ready.Module)
	}
	s.CacheSeconds = lab.CacheExport(s.Steps)
	if !st.peer.Pushes {
		return nil
	}
	after, err := st.site.Lab.Usage(st.repository())
	if err != nil {
		return err
	}
	s.PushedBytes = after.Since(before)
	if o.CacheTo != "" {
		if s.CacheBytes, err = lab.CacheSize(o.All(o.CacheTo)...); err != nil {
			return err
		}
	}
	s.ImageBytes = map[string]int64{}
	for _, reference := range o.All(o.Image) {
		if err := st.inspectImage(s, o, reference); err != nil {
			return err
		}
	}
	return nil
}

// inspectImage adds the sizes of one target's image.
func (st *station) inspectImage(s *result.Sample, o peer.Order, reference string) error {
	images, err := lab.Images(reference)
	if err != nil {
		return err
	}
	for _, platform := range o.Platforms {
		image, ok := images[platform]
		if !ok {
			return fmt.Errorf("%s has no image for %s", reference, platform)
		}
		s.ImageBytes[platform] += image.Bytes
		if made := image.Labels["golang.org/version"]; made != "" && made != st.ready.goVersion {
			return fmt.Errorf("the program was made by %s, the peers use %s", made, st.ready.goVersion)
		}
	}
	return nil
}

// reset empties every cache of the peer, and gives it a fresh tree.
func (st *station) reset(ctx context.Context) error {
	if err := st.clear(); err != nil {
		return err
	}
	st.resets++
	tree, err := st.ready.Copy(filepath.Join(st.dir, "tree"))
	if err != nil {
		return err
	}
	st.site.Tree = tree
	if err := errors.Join(os.MkdirAll(st.site.Dir, 0o755), st.peer.Prepare(st.site)); err != nil {
		return err
	}
	if st.site.Daemon != nil {
		return st.site.Daemon.Reset(ctx)
	}
	return nil
}

// hasState tells whether there was a build since the last clear.
func (st *station) hasState() bool {
	_, err := os.Stat(st.site.Dir)
	return err == nil
}

// clear ends the daemon and removes the state.
func (st *station) clear() error {
	st.warm, st.used, st.compiled = nil, map[string]bool{}, compiled{}
	var err error
	if st.site.Daemon != nil {
		err = st.site.Daemon.Stop()
	}
	return errors.Join(err, lab.RemoveAll(st.site.Dir))
}

func (st *station) repository() string {
	return fmt.Sprintf("%s/%s-%d", st.ready.Name, st.peer.Name, st.resets)
}

func (st *station) image() string { return st.site.Lab.Registry + "/" + st.repository() + ":bench" }

func (st *station) cache() string {
	return fmt.Sprintf("%s/cache/%s:bench", st.site.Lab.Registry, st.repository())
}

// seed is the reference of the seed that belongs to a cache.
func (st *station) seed(cache string) string {
	return strings.TrimSuffix(cache, ":bench") + "-seed:bench"
}

// key says what a cache was exported of.
func key(o peer.Order) string { return strings.Join(slices.Concat(o.Platforms, o.Targets), ",") }
