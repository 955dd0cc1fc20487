package cgocheck

import (
	"fmt"
	"strings"

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
	{"high-risk", Warning, "the program has C functions of the class high", func(p *Program) []string { return p.risks(cgofacts.High) }},
	{"packed", Warning, "the program is packed, which hides what is in it from every tool", func(p *Program) []string {
		if p.Facts == nil || p.Packed == nil {
			return nil
		}
		return []string{fmt.Sprintf("%s is packed with %s", p.Path, p.Packed)}
	}},
	{"writable-code", Warning, "memory of the program is writable and executable", func(p *Program) []string {
		if p.Facts == nil || p.Hardening == nil || !p.Hardening.WritableCode && (p.Hardening.NX || p.Verdict == cgofacts.NotGo) {
			return nil
		}
		return []string{p.Path + " has memory that is writable and executable"}
	}},
	{"medium-risk", Note, "the program has C functions of the class medium", func(p *Program) []string { return p.risks(cgofacts.Medium) }},
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

// risks gives a message for each C function of a class.
func (p *Program) risks(class cgofacts.Class) []string {
	if p.Facts == nil || p.Verdict == cgofacts.NotGo {
		return nil
	}
	var all []string
	for _, r := range p.Risks {
		if r.Class == class {
			all = append(all, fmt.Sprintf("%s is %s%s: it %s", r.Symbol, r.How, by(r.By), r.Reason))
		}
	}
	return all
}

// by names the packages that call something.
func by(packages []string) string {
	if len(packages) == 0 {
		return ""
	}
	return " by " + strings.Join(packages, ", ")
}
