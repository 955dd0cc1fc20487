//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/peer"
	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/bench/internal/scenario"
	"github.com/modship-build/modship/bench/internal/subject"
)

// Of the scenario disk: what its subject is called, how many edits each module sees, and who builds.
const (
	tenModules = "modules10"
	diskEdits  = 5
	diskPeer   = "modship-client"
)

// disk builds ten modules on one daemon, edits each some times, and adds what the daemon holds then. One sample is enough: nothing in it
// is a matter of luck.
func (m *measurement) disk(ctx context.Context, sc scenario.Scenario) error {
	ten, err := subject.Ten()
	if err != nil {
		return err
	}
	if err := m.lab.PushDebian(ctx); err != nil {
		return err
	}
	found, err := peer.Find([]string{diskPeer})
	if err != nil {
		return err
	}
	s := result.Sample{Subject: tenModules, Scenario: sc.Name, Peer: diskPeer, Platforms: sc.Of(m.platforms), Round: 1, Position: 1, Load: lab.Load()}
	d := &crowd{m: m, peer: found[0], daemon: m.lab.NewDaemon(filepath.Join(m.lab.Dir, "work", tenModules)), sample: &s}
	err = d.build(ctx, ten)
	if err = errors.Join(err, d.daemon.Stop()); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.Error = err.Error()
		m.lab.Progressf("  failed: %s", s.Error)
	}
	m.results.Subjects = append(m.results.Subjects, result.Subject{Name: tenModules, Module: ten[0].Module, Main: ten[0].Main})
	m.results.Samples = append(m.results.Samples, s)
	return m.save()
}

// crowd is several modules on one daemon.
type crowd struct {
	m      *measurement
	peer   peer.Peer
	daemon *lab.Daemon
	sample *result.Sample
}

// build leaves what the daemon holds, and how long all builds took, in the sample.
func (c *crowd) build(ctx context.Context, modules []subject.Subject) error {
	if err := c.daemon.Reset(ctx); err != nil {
		return err
	}
	for _, s := range modules {
		c.m.lab.Progressf("%s %s: cold, and %d edits …", tenModules, s.Name, diskEdits)
		if err := c.module(ctx, s); err != nil {
			return fmt.Errorf("building %s: %w", s.Name, err)
		}
	}
	var err error
	c.sample.DiskBytes, err = c.daemon.Disk(ctx)
	return err
}

func (c *crowd) module(ctx context.Context, s subject.Subject) error {
	source, err := c.m.source(ctx, s)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.m.lab.Dir, "work", tenModules, s.Name)
	ready := &subject.Prepared{Subject: s, Source: source}
	tree, err := ready.Copy(filepath.Join(dir, "tree"))
	if err != nil {
		return err
	}
	site := peer.Site{Lab: c.m.lab, Subject: ready, Tree: tree, Dir: filepath.Join(dir, "state"), Daemon: c.daemon}
	if err := errors.Join(os.MkdirAll(site.Dir, 0o755), c.peer.Prepare(site)); err != nil {
		return err
	}
	order := peer.Order{Platforms: c.sample.Platforms, Targets: s.Built(), Image: c.m.lab.Registry + "/" + tenModules + "/" + s.Name + ":bench"}
	for edit := range diskEdits + 1 {
		if edit > 0 {
			if err := tree.EditMain(); err != nil {
				return err
			}
		}
		run, err := c.m.lab.Execute(ctx, c.peer.Commands(site, order), c.daemon.Root)
		if err != nil {
			return errors.Join(err, errors.New(lab.Tail(run.Log, 40)))
		}
		c.sample.Seconds += run.Seconds
	}
	return lab.RemoveAll(dir)
}
