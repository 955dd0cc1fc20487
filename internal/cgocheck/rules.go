package cgocheck

import (
	"fmt"

	"github.com/modship-build/modship/internal/cgofacts"
)

// Rule is one that programs are held against.
type Rule struct {
	ID    string
	Level Level
	// Doc says in a sentence what it finds.
	Doc  string
	find func(*Program) []string
}

// Rules are all rules.
func Rules() []Rule { return rules }

var rules = []Rule{
	{"does-not-start", Error, "the dynamic loader does not find in the image what the program needs", func(p *Program) []string {
		if p.Libraries == nil {
			return nil
		}
		return p.Libraries.Problems
	}},
	{"unknown", Warning, "whether there is C in the program cannot be told", func(p *Program) []string {
		return p.verdict(cgofacts.Unknown)
	}},
	{"dynamic-without-cgo", Note, "the program calls shared libraries, although cgo is off", func(p *Program) []string {
		return p.verdict(cgofacts.Dynamic)
	}},
}

// verdict gives a message if that is the verdict.
func (p *Program) verdict(v cgofacts.Verdict) []string {
	if p.Facts == nil || p.Verdict != v {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s", p.Path, p.Reason)}
}
