//go:build linux

// Command images measures the commands that look at images beside dockle, diffoci and regctl, on the same images of one registry on this
// machine. It runs in the repository's root, as root, needs runc, and changes nothing outside of its temporary directory and its cache
// directory. docs/image-performance.md describes the method.
//
//	go run ./bench/images -n 7 -out results.json     measure, and print tables
//	go run ./bench/images -update-docs results.json  put them into docs/image-performance.md
//
// A tool that fails is reported and does not end the run; the exit code is 1 then, and 2 for a mistake in the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// options are the flags.
type options struct {
	n                   int
	modship, cache, out string
	updateDocs          string
	keep                bool
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == engine.SuperviseCommand {
		os.Exit(engine.Supervise(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	code := 2
	if err == nil {
		code, err = 1, o.do(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		return code
	}
	return 0
}

func parseOptions(args []string) (options, error) {
	var o options
	set := flag.NewFlagSet("images", flag.ContinueOnError)
	set.IntVar(&o.n, "n", 5, "samples of each")
	set.StringVar(&o.out, "out", "", "write every sample to this file as JSON, with medians and ratios, and keep it up to date during the run")
	set.StringVar(&o.updateDocs, "update-docs", "", "put these results into "+docsPage+" and measure nothing")
	set.StringVar(&o.modship, "modship", "bin/modship", "program that builds the small image")
	set.StringVar(&o.cache, "cache", "", "directory for tools and modules that stay (default: MODSHIP_TEST_CACHE, else the user's cache directory)")
	set.BoolVar(&o.keep, "keep", false, "keep the temporary directory")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if o.n < 1 || set.NArg() > 0 {
		return o, errors.New("-n: at least 1 sample is needed, and no arguments")
	}
	var err error
	if o.cache == "" {
		o.cache, err = testbed.CacheDir()
	}
	return o, err
}

func (o options) do(ctx context.Context) (err error) {
	if o.updateDocs != "" {
		return updateDocs(o.updateDocs)
	}
	l, err := lab.Open(ctx, lab.Options{CacheDir: o.cache, Modship: o.modship, Keep: o.keep, Progress: os.Stderr})
	defer func() { err = errors.Join(err, l.Close()) }()
	if err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	s, err := serve(l.Dir)
	if err != nil {
		return err
	}
	defer s.close()
	m, err := newMeasurement(ctx, l, s, o)
	if err != nil {
		return err
	}
	if err := m.all(ctx); err != nil {
		return err
	}
	for _, t := range m.results.tables() {
		if err := t.Text(os.Stdout); err != nil {
			return err
		}
	}
	return m.failures()
}
