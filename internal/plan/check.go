package plan

import (
	"maps"
	"slices"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// checkValues judges the values that hold facts by those that are known; the others have been judged when the file was read.
func checkValues(in Input, known Metadata, mistakes *diag.List) {
	c := valueChecker{in: in, mistakes: mistakes, seen: map[string]bool{}}
	for _, t := range in.Targets {
		c.known = known.known(t)
		for _, f := range in.Config.Metadata.Fields() {
			c.check("metadata."+f.Name, *f.Value, f.Check)
		}
		c.labels("image.labels", in.Config.Image.Labels)
		c.labels("image.annotations", in.Config.Image.Annotations)
		stamp := in.Config.Build.Stamp.Vars
		for _, name := range slices.Sorted(maps.Keys(stamp)) {
			c.check("build.stamp."+name, stamp[name], config.CheckStamp)
		}
	}
}

// valueChecker reports a value once, however many images it is wrong for.
type valueChecker struct {
	in       Input
	known    map[string]string
	mistakes *diag.List
	seen     map[string]bool
}

func (c valueChecker) labels(path string, values map[string]*config.Template) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if t := values[key]; t != nil {
			c.check(path+"."+key, *t, func(value string) error { return config.CheckLabel(key, value) })
		}
	}
}

func (c valueChecker) check(path string, t config.Template, judge func(string) error) {
	if len(t.Uses()) == 0 || c.seen[path] {
		return
	}
	value, err := t.Expand(c.known)
	if err == nil {
		err = judge(value)
	}
	if err != nil {
		c.seen[path] = true
		c.mistakes.Addf(c.in.At(path), "the value is not usable once its facts are in").Err = err
	}
}
