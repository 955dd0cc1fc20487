package config

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
)

// File is a file that has been read and holds no mistake that can be seen without the values of its arguments.
type File struct {
	source  *source
	top     *node // the document without args and targets
	targets *node
	args    map[string]Arg
}

// Parse reads a file. Its error joins a [diag.Error] for every mistake. A mistake in a value made from arguments, such as
// `user: "${UID}"`, is left to [File.Target], because the defaults may be meant to be replaced.
func Parse(name string, data []byte) (*File, error) {
	size := len(data)
	if size > maxBytes {
		data = data[:maxLine] // only to show where
	}
	f := &File{source: newSource(name, normalise(data)), args: map[string]Arg{}}
	var errs diag.List
	doc := parseYAML(f.source, size, &errs)
	if doc == nil {
		f.top = &node{Range: f.source.head(), kind: kindMapping}
		return f.orErr(errs)
	}
	if doc.kind != kindMapping {
		e := errs.Addf(doc.Range, "expected settings such as `main: ./cmd/server`, found %s", doc.kind)
		if strings.HasPrefix(doc.text, "FROM ") {
			e.Help = "this is a Dockerfile; it needs another # syntax= line or none"
		}
		return nil, errs.Bounded()
	}
	f.split(doc, &errs)
	f.checkAll(&errs)
	return f.orErr(errs)
}

func (f *File) orErr(errs diag.List) (*File, error) {
	if err := errs.Bounded(); err != nil {
		return nil, err
	}
	return f, nil
}

// split takes args and targets out of the document.
func (f *File) split(doc *node, errs *diag.List) {
	top := *doc
	top.entries = slices.DeleteFunc(slices.Clone(doc.entries), func(e entry) bool {
		return e.key.text == "args" || e.key.text == "targets"
	})
	f.top = &top
	if e := doc.get("args"); e != nil {
		f.readArgs(e.value, errs)
	}
	if e := doc.get("targets"); e != nil {
		f.readTargets(e.value, errs)
	}
}

var targetName = regexp.MustCompile(`^[a-z][a-z0-9._-]*$`)

// Reserved tells whether a target name has a meaning of its own.
func Reserved(name string) bool { return slices.Contains(defaults.ReservedTargets(), name) }

// ByName tells whether every main package of the module is a target by its name: the file says nothing of which programs there are.
func (f *File) ByName() bool { return f.top.get("main") == nil && f.targets == nil }

// Choose gives the target of the file that --target names, and the main package if it is called so.
func (f *File) Choose(name string) (target, program string) {
	switch {
	case name == defaults.Target && !slices.Contains(f.Targets(), name):
		return "", ""
	case name != "" && f.ByName() && !Reserved(name):
		return "", name
	}
	return name, ""
}

func (f *File) readTargets(n *node, errs *diag.List) {
	if n.kind != kindMapping {
		errs.Addf(n.Range, "expected a mapping of target names to settings, found %s", n.kind)
		return
	}
	f.targets = n
	for _, e := range n.entries {
		switch {
		case Reserved(e.key.text):
			errs.Addf(e.key.Range, "target name %q is built in", e.key.text).Help = "choose another name"
		case !targetName.MatchString(e.key.text):
			errs.Addf(e.key.Range, "target name %q must be made of a-z, 0-9, '.', '_' and '-', and start with a letter", e.key.text)
		}
	}
}

// checkAll checks the top level and every target on its own, so that each mistake is found once and in linear time.
func (f *File) checkAll(errs *diag.List) {
	values := f.values(nil)
	f.decode(f.top, values, true, errs)
	if f.targets == nil {
		return
	}
	for _, e := range f.targets.entries {
		f.decode(e.value, values, true, errs)
	}
}

// decode expands, decodes and checks a tree. With defaultsOnly, values made from arguments are not judged.
func (f *File) decode(n *node, values map[string]string, defaultsOnly bool, errs *diag.List) *Config {
	cfg := &Config{}
	n = expander{source: f.source, values: values, errs: errs}.node(n)
	d := decoder{errs: errs, skipTemplated: defaultsOnly}
	if n.Range == f.top.Range {
		d.also = []string{"args", "targets"}
	}
	d.value(n, reflect.ValueOf(cfg).Elem(), "")
	c := checker{root: n, source: f.source, skipTemplated: defaultsOnly, errs: errs}
	c.config(cfg)
	if !defaultsOnly {
		c.mainsTogether(cfg)
		c.cgoTogether(cfg)
		c.healthcheckTogether()
		c.sourcesTogether(cfg.Source)
	}
	return cfg
}

// Target returns the settings of one target, or of the top level for "". Values in args replace defaults; names that the
// file does not declare are ignored, as other frontends' build arguments are passed along too.
func (f *File) Target(name string, args map[string]string) (*Config, error) {
	tree, err := f.tree(name)
	if err != nil {
		return nil, err
	}
	var errs diag.List
	cfg := f.decode(tree, f.values(args), false, &errs)
	if err := errs.Bounded(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// tree returns the settings of a target laid over the top level.
func (f *File) tree(target string) (*node, error) {
	if target == "" {
		return f.top, nil
	}
	if e := f.targets.get(target); e != nil {
		return f.top.overlay(e.value), nil
	}
	var errs diag.List
	e := errs.Addf(f.source.head(), "target %q is not in the file", target)
	if f.targets != nil {
		e.Range = f.targets.Range
	}
	if names := f.Targets(); len(names) > 0 {
		e.Help = "targets: " + strings.Join(names, ", ")
		if near := diag.Suggest(target, names); near != "" {
			e.Help = fmt.Sprintf("%s (%s)", near, e.Help)
		}
	} else {
		e.Help = "the file has no targets"
		if main := f.top.get("main"); main != nil {
			e.Range = main.value.Range
			e.Help += ", and main says what is built: leave --target out, or add one, as in " + suggestTarget(target, main.value)
		}
	}
	return nil, errs.Err()
}

// suggestTarget writes a target for the program that it seems to be called by, of those of main.
func suggestTarget(target string, main *node) string {
	for _, n := range append([]*node{main}, main.items...) {
		if n.kind == kindString && path.Base(n.text) == target {
			return fmt.Sprintf("targets: {%s: {main: %s}}", target, n.text)
		}
	}
	return "targets: {NAME: {main: ./cmd/NAME}}"
}

// Targets returns the names of the targets in the order of the file.
func (f *File) Targets() []string {
	if f.targets == nil {
		return nil
	}
	names := make([]string, len(f.targets.entries))
	for i, e := range f.targets.entries {
		names[i] = e.key.text
	}
	return names
}

// TargetRange returns the place of the value at a dotted path, such as "image.user" or "image.ports[0]": in the target if it is set
// there, else at the top level, which is the target "". Where it is not set at all it is the nearest mapping or list around it, in
// the end the first line. A file without text has no positions.
func (f *File) TargetRange(target, path string) diag.Range {
	root, err := f.tree(target)
	if err != nil {
		return f.source.head()
	}
	if n := root.nearest(path); n != root {
		return n.Range
	}
	return f.source.head()
}
