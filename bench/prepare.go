//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/subject"
)

// prepared is a subject with the Go that builds it.
type prepared struct {
	subject.Prepared
	goVersion, goroot string
}

// prepare downloads all that builds of the subject will download, so that the module proxy of the lab has it, and makes what
// the edits need.
func (m *measurement) prepare(ctx context.Context, s subject.Subject) (*prepared, error) {
	m.lab.Progressf("preparing %s %s …", s.Name, s.Version)
	source, err := m.source(ctx, s)
	if err != nil {
		return nil, err
	}
	p := &prepared{Prepared: subject.Prepared{Subject: s, Source: source}}
	goMod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return nil, err
	}
	if p.goVersion, err = m.lab.GoVersion(ctx, goMod); err != nil {
		return nil, err
	}
	if p.goroot, err = m.lab.Goroot(ctx, p.goVersion); err != nil {
		return nil, err
	}
	if err := m.lab.PushGolang(p.goVersion, p.goroot); err != nil {
		return nil, err
	}
	dir := filepath.Join(m.lab.Dir, "prepare", "tree")
	if err := subject.CopyDir(source, dir); err != nil {
		return nil, err
	}
	err = errors.Join(m.chooseImport(ctx, p, dir), m.bump(ctx, p, dir))
	// What is measured has caches of its own; these would only fill the disk.
	return p, errors.Join(err, lab.RemoveAll(filepath.Join(m.lab.Dir, "prepare")))
}

// source is the directory of the module as it is published, or as the benchmark has it.
func (m *measurement) source(ctx context.Context, s subject.Subject) (string, error) {
	if s.Version != "" {
		d, err := m.lab.Download(ctx, s.Module+"@"+s.Version)
		return d.Dir, err
	}
	dir := filepath.Join(m.lab.Dir, "sources", s.Name)
	return dir, s.Unpack(dir)
}

// chooseImport also downloads every module, as "go mod download" in a Dockerfile does.
func (m *measurement) chooseImport(ctx context.Context, p *prepared, dir string) error {
	if _, err := m.lab.Go(ctx, p.goroot, dir, "mod", "download"); err != nil {
		return err
	}
	has := map[string]bool{}
	for _, target := range p.Targets() {
		out, err := m.lab.Go(ctx, p.goroot, dir, "list", "-deps", target.Main)
		if err != nil {
			return err
		}
		for pkg := range strings.Lines(string(out)) {
			has[strings.TrimSpace(pkg)] = true
		}
	}
	var err error
	p.Import, err = subject.ChooseImport(func(path string) bool { return has[path] })
	return err
}

// bump makes go.mod and go.sum of the upgrade, and downloads it.
func (m *measurement) bump(ctx context.Context, p *prepared, dir string) error {
	for _, args := range [][]string{{"get", p.Bump}, {"mod", "download"}, {"list", "-deps", p.Main}} {
		if _, err := m.lab.Go(ctx, p.goroot, dir, args...); err != nil {
			return err
		}
	}
	var errs [2]error
	p.BumpedMod, errs[0] = os.ReadFile(filepath.Join(dir, "go.mod"))
	p.BumpedSum, errs[1] = os.ReadFile(filepath.Join(dir, "go.sum"))
	before, err := os.ReadFile(filepath.Join(p.Source, "go.mod"))
	if err == nil && bytes.Equal(before, p.BumpedMod) {
		err = fmt.Errorf("upgrading to %s changes nothing", p.Bump)
	}
	return errors.Join(errs[0], errs[1], err)
}
