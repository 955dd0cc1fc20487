//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// measurement is one run.
type measurement struct {
	options
	lab     *lab.Lab
	server  *server
	tools   string // the folder of all tools
	results *results
}

func newMeasurement(ctx context.Context, l *lab.Lab, s *server, o options) (*measurement, error) {
	m := &measurement{options: o, lab: l, server: s, tools: filepath.Join(l.Dir, "tools"), results: &results{Started: time.Now().UTC().Format(time.RFC3339)}}
	l.Progressf("building the tools …")
	versions, err := l.Versions(ctx)
	if err != nil {
		return nil, err
	}
	peers, err := buildTools(ctx, m.tools)
	if err != nil {
		return nil, err
	}
	maps.Copy(versions, peers)
	m.results.Versions = map[string]string{}
	for _, name := range []string{"go (host)", "dockle", "diffoci", "regctl", "modship"} {
		m.results.Versions[name] = versions[name]
	}
	if m.results.Machine, err = lab.Machine(); err != nil {
		return nil, err
	}
	return m, nil
}

// all measures everything. The tools take turns: a round has every tool once in each question, and each round begins with another tool.
func (m *measurement) all(ctx context.Context) error {
	for _, make := range []func(context.Context, *lab.Lab, *server) (image, error){smallImage, largeImage} {
		i, err := make(ctx, m.lab, m.server)
		if err != nil {
			return err
		}
		m.results.Images = append(m.results.Images, i)
	}
	for round := range m.n {
		for _, i := range m.results.Images {
			for _, q := range questions() {
				if q.largeOnly && i.Name == "small" {
					continue
				}
				for turn := range q.tools {
					t := q.tools[(turn+round)%len(q.tools)]
					s := sample{Image: i.Name, Question: q.name, Tool: t.name, Round: round + 1, Position: turn + 1, Load: lab.Load()}
					m.lab.Progressf("round %d of %d: %s, %s, %s …", s.Round, m.n, s.Image, s.Question, s.Tool)
					if err := m.sample(ctx, t, i, &s); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// sample runs a tool once. What goes wrong with the tool is part of the sample; an error ends the run.
func (m *measurement) sample(ctx context.Context, t tool, i image, s *sample) error {
	home, err := os.MkdirTemp(m.lab.Dir, "home-")
	if err != nil {
		return err
	}
	cmd := t.command(ctx, m.tools, home, i, m.server)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	syscall.Sync()
	took, peak, err := testbed.Measure(cmd)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.Seconds, s.PeakBytes = took.Seconds(), peak
	if state := cmd.ProcessState; state != nil {
		s.ProcessorSeconds = (state.UserTime() + state.SystemTime()).Seconds()
	}
	// Tools that find something exit with 1.
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) || !strings.Contains(out.String(), strings.ReplaceAll(t.says, "FILE", i.changed)) {
		s.Error = fmt.Sprintf("%v: %s", err, lab.Tail(out.String(), 20))
		m.lab.Progressf("  failed: %s", s.Error)
	} else {
		m.lab.Progressf("  %.2f s, %d MiB", s.Seconds, s.PeakBytes>>20)
	}
	m.results.Samples = append(m.results.Samples, *s)
	if m.out != "" {
		err = localfile.Write(m.out, m.results.write)
	} else {
		err = nil
	}
	return errors.Join(err, lab.RemoveAll(home))
}

func (m *measurement) failures() error {
	n := 0
	for _, s := range m.results.Samples {
		if s.Error != "" {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d samples failed", n, len(m.results.Samples))
	}
	return nil
}
