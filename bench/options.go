//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modship-build/modship/bench/internal/peer"
	"github.com/modship-build/modship/bench/internal/scenario"
	"github.com/modship-build/modship/bench/internal/subject"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// options are the flags, checked.
type options struct {
	subjects  []subject.Subject
	scenarios []scenario.Scenario
	peers     []peer.Peer
	platforms []string
	n, quick  int
	timeout   time.Duration

	modship, cache, out string
	markdown, reach     bool
	keep, verbose       bool

	// files are results to read in place of measuring.
	files      []string
	updateDocs bool
}

// Lists of the short and of the long form.
const (
	shortScenarios = "cold,same,edit-main,ci"
	longScenarios  = "cold,same,readme,edit-main,edit-leaf,edit-gzip,std-import,second-target,bump,upgrade,cold-export,ci,bump-ci,union-export,disk,cold@1,cold@8"
	twoPlatforms   = "linux/amd64,linux/arm64"
)

// flags are the values as they were written.
type flags struct {
	subjects, scenarios, peers, platforms, read string
	short                                       bool
}

func parseOptions(args []string) (options, error) {
	var o options
	var f flags
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.StringVar(&f.subjects, "subjects", "ko,crane,telegraf,targets8", "modules to build, of "+strings.Join(subject.Names(), ", "))
	set.StringVar(&f.scenarios, "scenarios", longScenarios, "situations to measure, of "+strings.Join(scenario.Names(), ", ")+
		"; NAME@COUNT builds the first COUNT of "+strings.Join(scenario.Platforms(), ", "))
	set.StringVar(&f.peers, "peers", strings.Join(peer.Names(), ","), "peers to compare")
	set.StringVar(&f.platforms, "platforms", twoPlatforms, "platforms to build for")
	set.IntVar(&o.n, "n", 3, "samples of each")
	set.IntVar(&o.quick, "quick", 0, "samples of each scenario that goes on from the build before and leaves the next as it found it, if more than -n")
	set.BoolVar(&f.short, "short", false, "a quick look: -subjects hey -scenarios "+shortScenarios+" -n 1, unless these are given")
	set.StringVar(&o.out, "out", "", "write every sample to this file as JSON, with medians and ratios, and keep it up to date during the run")
	set.BoolVar(&o.markdown, "markdown", false, "print Markdown in place of text")
	set.BoolVar(&o.reach, "reach", false, "print the goals of the project with what was measured")
	set.StringVar(&f.read, "read", "", "print these results, comma-separated files of one machine, and measure nothing")
	set.BoolVar(&o.updateDocs, "update-docs", false, "put results, the arguments, into "+docsPage+" and its chart, and measure nothing; without arguments "+
		"make the chart and the summary of the results that are there")
	set.DurationVar(&o.timeout, "timeout", 45*time.Minute, "longest time for one build")
	set.StringVar(&o.modship, "modship", "bin/modship", "program to measure")
	set.StringVar(&o.cache, "cache", "", "directory for tools and modules that stay (default: MODSHIP_TEST_CACHE, else the user's cache directory)")
	set.BoolVar(&o.keep, "keep", false, "keep the temporary directory")
	set.BoolVar(&o.verbose, "v", false, "print the log of every build")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if f.short {
		f.shorten(set, &o)
	}
	return o, o.resolve(f, set.Args())
}

// shorten replaces the defaults, not what was given.
func (f *flags) shorten(set *flag.FlagSet, o *options) {
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["subjects"] {
		f.subjects = "hey"
	}
	if !given["scenarios"] {
		f.scenarios = shortScenarios
	}
	if !given["n"] {
		o.n = 1
	}
}

// resolve reports all mistakes at once.
func (o *options) resolve(f flags, args []string) error {
	var errs [5]error
	o.subjects, errs[0] = subject.Find(split(f.subjects))
	o.scenarios, errs[1] = scenario.Find(split(f.scenarios))
	o.peers, errs[2] = peer.Find(split(f.peers))
	o.platforms = split(f.platforms)
	if i := slices.IndexFunc(o.platforms, func(p string) bool { return strings.Count(p, "/") != 1 }); i >= 0 || len(o.platforms) == 0 {
		errs[3] = fmt.Errorf("-platforms %q: want OS/ARCH, separated by commas, without a variant", f.platforms)
	}
	o.files = split(f.read)
	switch {
	case o.updateDocs:
		o.files = args
	case len(args) > 0:
		errs[4] = fmt.Errorf("unexpected arguments %q", args)
	case o.n < 1:
		errs[4] = errors.New("-n: at least 1 sample is needed")
	}
	if o.cache == "" {
		dir, err := testbed.CacheDir()
		if err != nil {
			return errors.Join(append(errs[:], err)...)
		}
		o.cache = dir
	}
	return errors.Join(errs[:]...)
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
