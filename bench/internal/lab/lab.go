//go:build linux

// Package lab is the place that builds are measured in: a registry, a caching module proxy and as many buildkitd as are wanted,
// all on loopback, the Go toolchains, the images that stand in for golang and for a base image, and a runner of commands that
// takes their time and their memory.
//
// Everything is below one temporary directory, and ends with [Lab.Close]; only downloaded modules and the built tools stay, in
// the cache directory.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// Options say what a lab is made of.
type Options struct {
	// CacheDir keeps tools and downloaded modules from run to run.
	CacheDir string
	// Modship is the program to measure.
	Modship string
	// Keep leaves the temporary directory where it is.
	Keep bool
	// Progress takes lines about what takes long; nil drops them.
	Progress io.Writer
}

// Lab is a running lab.
type Lab struct {
	// Dir is temporary. Home is the empty home directory of all clients.
	Dir, Home string
	// Tools is the directory of buildkitd, buildx, ko and registry; Modship is the program to measure.
	Tools, Modship string
	// Registry is the registry's address. Frontend, Base, Carry are images in it: of modship, for ko, and of the program carry alone.
	Registry, Frontend, Base, Carry string
	// NextModship and NextFrontend are the next release of modship, once MakeNext has made it.
	NextModship, NextFrontend string
	// Proxy is the GOPROXY of all builds.
	Proxy string

	options Options
	goroots map[string]string
	closers []func() error
}

// Open starts a lab. Close it also if there is an error.
func Open(ctx context.Context, o Options) (*Lab, error) {
	l := &Lab{options: o, goroots: map[string]string{}}
	var err error
	if l.Modship, err = filepath.Abs(o.Modship); err != nil {
		return l, err
	}
	if _, err := os.Stat(l.Modship); err != nil {
		return l, fmt.Errorf("looking for the program to measure (make builds it): %w", err)
	}
	if l.Tools, err = engine.Tools(ctx, o.CacheDir, o.Progress, "buildkitd", "buildx", "ko", "registry"); err != nil {
		return l, err
	}
	if l.Dir, err = os.MkdirTemp("", "modship-bench-"); err != nil {
		return l, err
	}
	if !o.Keep {
		l.closers = append(l.closers, func() error { return RemoveAll(l.Dir) })
	}
	l.Home = filepath.Join(l.Dir, "home")
	if err := os.Mkdir(l.Home, 0o755); err != nil {
		return l, err
	}
	for _, step := range []func(context.Context) error{l.startProxy, l.startRegistry, l.pushFrontend, l.pushBase, l.pushCarry} {
		if err := step(ctx); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *Lab) startRegistry(ctx context.Context) error {
	addr, stop, err := testbed.StartRegistry(ctx, filepath.Join(l.Tools, "registry"), l.registryData(), l.Env())
	if err != nil {
		return err
	}
	l.closers = append(l.closers, stop)
	l.Registry = addr
	return nil
}

func (l *Lab) registryData() string { return filepath.Join(l.Dir, "registry") }

// Close stops everything in the reverse order.
func (l *Lab) Close() error {
	var errs []error
	for i := len(l.closers) - 1; i >= 0; i-- {
		errs = append(errs, l.closers[i]())
	}
	l.closers = nil
	return errors.Join(errs...)
}

// Progressf tells what the lab is doing.
func (l *Lab) Progressf(format string, args ...any) {
	if l.options.Progress != nil {
		fmt.Fprintf(l.options.Progress, format+"\n", args...)
	}
}

// Env is the environment that all clients have in common: nothing of the user who runs the benchmark.
func (l *Lab) Env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + l.Home, "TMPDIR=" + os.TempDir(), "DOCKER_CONFIG=" + filepath.Join(l.Home, ".docker"),
		"GOPROXY=" + l.Proxy,
	}
}

// GoEnv adds what a go command of one version needs that keeps all of its state in dir.
func (l *Lab) GoEnv(goroot, dir string) []string {
	return append(l.Env(),
		"PATH="+filepath.Join(goroot, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"GOTOOLCHAIN=local", "GOENV=off", "GOWORK=off", "CGO_ENABLED=0", "GOTELEMETRY=off",
		"GOPATH="+filepath.Join(dir, "gopath"), "GOCACHE="+filepath.Join(dir, "gocache"))
}

// RemoveAll removes a directory, also one with a module cache in it, whose directories are read-only.
func RemoveAll(dir string) error {
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil && d.IsDir() {
			return os.Chmod(name, 0o755)
		}
		return err
	})
	return errors.Join(err, os.RemoveAll(dir))
}
