package gomod

import (
	"cmp"
	"go/version"
	"strings"
)

const (
	// defaultWorkspace is the language version of a go.work file without a go line.
	defaultWorkspace = "1.18"
	// strictSince is the language version from which on a go line is a minimum.
	strictSince = "1.21"
)

// checkVersions finds what cmd/go refuses before it looks at a package, and would say without a place.
func (l *loader) checkVersions(facts *Facts) {
	if l.work != nil {
		l.checkGoWork(facts)
		return
	}
	l.checkToolchain()
	l.checkRequirements()
}

// checkGoWork: no module of a workspace may ask for a newer Go than go.work does. Of those that do the newest is named.
func (l *loader) checkGoWork(facts *Facts) {
	at, says, have := l.work.whole(), "go.work has no go line, which means go "+defaultWorkspace, defaultWorkspace
	if l.work.Go != nil {
		at, have = l.work.lineRange(l.work.Go.Syntax), l.work.Go.Version
		says = "go.work says go " + have
	}
	var newest *modFile
	for _, m := range l.mods {
		if m.Go == nil || !isNewer(m.Go.Version, have) || version.Compare("go"+m.Go.Version, "go"+strictSince) < 0 {
			continue
		}
		if newest == nil || isNewer(m.Go.Version, newest.Go.Version) {
			newest = m
		}
	}
	if newest == nil {
		return
	}
	e := l.errs.Addf(at, "%s, but %s asks for go %s", says, newest.name, newest.Go.Version)
	e.Help = "run: go work use"
}

func isNewer(a, b string) bool { return version.Compare("go"+a, "go"+b) > 0 }

// checkToolchain: cmd/go takes a toolchain line out that says nothing, and with -mod=readonly refuses to build as long as it is there
// (commitRequirements of cmd/go/internal/modload).
func (l *loader) checkToolchain() {
	m := l.mods[0]
	if m.Toolchain == nil {
		return
	}
	language := defaultLanguage
	if m.Go != nil {
		language = m.Go.Version
	}
	name := m.Toolchain.Name
	release, _, _ := strings.Cut(name, "-") // a suffix is no part of the version
	var why string
	switch {
	case name == "default":
		why = "is the same as none"
	case name == "go"+language:
		why = "is the same as the go line"
	case version.IsValid(release) && version.Compare(release, "go"+strictSince) < 0:
		why = "is older than toolchain lines, which came with go1.21"
	default:
		return
	}
	l.errs.Addf(m.lineRange(m.Toolchain.Syntax), "toolchain %s %s, and the go command does not build with such a line", name, why).
		Help = "run: go mod tidy"
}

// checkRequirements: neither does it build with requirements that contradict each other.
func (l *loader) checkRequirements() {
	m := l.mods[0]
	excluded := l.excluded()
	first := map[string]string{}
	for _, r := range m.Require {
		before := cmp.Or(first[r.Mod.Path], r.Mod.Version)
		first[r.Mod.Path] = before
		switch {
		case excluded[r.Mod]:
			l.errs.Addf(m.lineRange(r.Syntax), "%s is required here and excluded by an exclude line", r.Mod).Help = "run: go mod tidy"
		case before != r.Mod.Version:
			l.errs.Addf(m.lineRange(r.Syntax), "%s is required twice, here as %s and before as %s", r.Mod.Path, r.Mod.Version, before).
				Help = "run: go mod tidy"
		}
	}
}
