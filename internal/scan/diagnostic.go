package scan

import (
	"cmp"
	"slices"

	"github.com/modship-build/modship/internal/diag"
)

// Levels of a [Diagnostic].
const (
	// LevelError is for what will make the compile step of a followed command fail.
	LevelError = "error"
	// LevelWarning is for what was seen beside the followed commands.
	LevelWarning = "warning"
)

// Diagnostic is a mistake in the source, as plain data.
type Diagnostic struct {
	diag.Range
	// Level is LevelError or LevelWarning.
	Level string `json:"level"`
	// Msg and Help are as in [diag.Error].
	Msg  string `json:"msg"`
	Help string `json:"help,omitempty"`
	// Missing is as in [diag.Error].
	Missing string `json:"missing,omitempty"`
	// Targets are those it was seen on, in the order of the request.
	Targets []string `json:"targets"`
}

// Err is d as an error: of code that does not compile, as if the compiler had found it.
func (d Diagnostic) Err() *diag.Error {
	return &diag.Error{Range: d.Range, Msg: d.Msg, Help: d.Help, Missing: d.Missing, Fails: true}
}

// fault is a mistake before it is known whether it matters to anyone.
type fault struct {
	diag.Range
	msg, help string
	// missing is the path of what is not there, or "".
	missing string
}

// findings collects diagnostics, each once with all its targets.
type findings struct {
	byFault map[fault]*Diagnostic
}

func (f *findings) add(level string, found fault, target string) {
	if f.byFault == nil {
		f.byFault = make(map[fault]*Diagnostic)
	}
	d := f.byFault[found]
	if d == nil {
		d = &Diagnostic{Range: found.Range, Level: level, Msg: found.msg, Help: found.help, Missing: found.missing}
		f.byFault[found] = d
	}
	if level == LevelError {
		d.Level = level
	}
	if !slices.Contains(d.Targets, target) {
		d.Targets = append(d.Targets, target)
	}
}

// sorted gives all, with the targets in the order of names.
func (f *findings) sorted(names []string) []Diagnostic {
	var all []Diagnostic
	for _, d := range f.byFault {
		slices.SortFunc(d.Targets, func(a, b string) int {
			return cmp.Compare(slices.Index(names, a), slices.Index(names, b))
		})
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Start.Line, b.Start.Line),
			cmp.Compare(a.Start.Col, b.Start.Col),
			cmp.Compare(a.Msg, b.Msg),
			cmp.Compare(a.Help, b.Help),
		)
	})
	return all
}
