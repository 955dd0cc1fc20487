package cgocheck

import (
	"fmt"
	"io"
	"strings"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/safetext"
)

// verdicts are the verdicts in words.
var verdicts = map[cgofacts.Verdict]string{
	cgofacts.Cgo:     "C is linked in",
	cgofacts.Dynamic: "no C is linked in, but C is called",
	cgofacts.None:    "no C",
	cgofacts.NotGo:   "not a Go program",
	cgofacts.Unknown: "unknown",
}

// testimonies are what witnesses say in words of one width.
var testimonies = map[cgofacts.Testimony]string{
	cgofacts.SaysC: "C       ", cgofacts.SaysNoC: "no C    ", cgofacts.HintsC: "maybe C ", cgofacts.HintsNoC: "maybe no", cgofacts.SaysNothing: "-       ",
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	for i, p := range r.Programs {
		if i > 0 {
			b.WriteString("\n")
		}
		p.text(&b)
	}
	_, err := io.WriteString(w, safetext.Lines(b.String()))
	return err
}

func (p *Program) text(b *strings.Builder) {
	fmt.Fprintln(b, safetext.Line(p.name()))
	if p.Error != "" {
		fmt.Fprintf(b, "  cannot be read: %s\n", safetext.Line(p.Error))
	}
	if p.Facts != nil {
		p.factsText(b)
	}
	for _, f := range p.Findings {
		fmt.Fprintf(b, "  %s: %s (%s)\n", f.Level, safetext.Line(f.Message), f.Rule)
	}
}

func (p *Program) factsText(b *strings.Builder) {
	fmt.Fprintf(b, "  %s: %s\n", verdicts[p.Verdict], safetext.Line(p.Reason))
	for _, w := range p.Witnesses {
		fmt.Fprintf(b, "    %-13s  %s  %s\n", w.Name, testimonies[w.Says], safetext.Line(w.Detail))
	}
	line(b, "go", p.goText())
	line(b, "linked", p.linkText())
	line(b, "c library", p.libcText())
	line(b, "calls", p.callText())
	p.libraryText(b)
	for _, d := range p.Opens {
		what := " (a guess by a text in the file)"
		if d.Stated {
			what = " (stated in .note.dlopen)"
		}
		line(b, "opens", strings.Join(d.Libraries, ", ")+what)
	}
	for _, e := range p.Embedded {
		line(b, "embeds", fmt.Sprintf("%s %s (a guess by a text at %#x)", e.Library, e.Version, e.Offset))
	}
	line(b, "hardening", p.hardeningText())
	if p.FIPS != nil {
		line(b, "fips", join([]string{p.FIPS.Module, prefix("fips140=", p.FIPS.Default), p.FIPS.Backend}))
	}
}

func prefix(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

func (p *Program) hardeningText() string {
	h := p.Hardening
	if h == nil {
		return ""
	}
	parts := []string{"no PIE", prefix("RELRO ", h.RELRO), "stack not executable"}
	if h.PIE {
		parts[0] = "PIE"
	}
	if p.Link.Kind == cgofacts.Library {
		parts[0] = ""
	}
	if !h.NX {
		parts[2] = "stack executable"
	}
	if h.WritableCode {
		parts = append(parts, "writable code")
	}
	if h.StackProtector {
		parts = append(parts, "C checks its stack")
	}
	return join(parts)
}

// line writes a fact, unless there is none.
func line(b *strings.Builder, name, text string) {
	if text != "" {
		fmt.Fprintf(b, "  %-10s %s\n", name, safetext.Line(text))
	}
}

func (p *Program) goText() string {
	if p.Go == nil {
		return ""
	}
	parts := []string{p.Go.Version, p.Go.Path, p.Go.ModuleVersion}
	if p.Go.Version == "" {
		parts[0] = "of an unknown version"
	}
	if p.Go.Test {
		parts = append(parts, "a test")
	}
	return join(parts)
}

func (p *Program) linkText() string {
	parts := []string{p.Link.Kind, p.Machine}
	if p.Stripped {
		parts = append(parts, "stripped")
	}
	if p.Packed != nil {
		parts = append(parts, "packed with "+p.Packed.String())
	}
	return join(append(parts, p.Link.Interpreter))
}

func (p *Program) libcText() string {
	if p.Libc == nil {
		return ""
	}
	kind := p.Libc.Kind
	if p.Libc.Floor != "" {
		kind += " " + p.Libc.Floor + " or newer"
	}
	return kind + ": " + p.Libc.Because
}

// maxCalls limits the packages that are shown; JSON has all.
const maxCalls = 20

func (p *Program) callText() string {
	counts := map[string]int{}
	var packages []string
	for _, c := range p.Calls {
		if counts[c.Package]++; counts[c.Package] == 1 {
			packages = append(packages, c.Package)
		}
	}
	var parts []string
	for _, pkg := range packages[:min(len(packages), maxCalls)] {
		parts = append(parts, fmt.Sprintf("%s (%d)", pkg, counts[pkg]))
	}
	if more := len(packages) - maxCalls; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more packages", more))
	}
	return join(parts)
}

func (p *Program) libraryText(b *strings.Builder) {
	if p.Libraries == nil {
		if len(p.Link.Needed) > 0 {
			line(b, "needs", join(p.Link.Needed))
		}
		return
	}
	for _, l := range p.Libraries.Found {
		line(b, "needs", l.Name+" → "+l.Path)
	}
}

// join joins what is not empty.
func join(parts []string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, ", ")
}
