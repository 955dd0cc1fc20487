// Package scenario has the situations that builds are measured in.
//
// A scenario is written NAME or NAME@COUNT; the latter is measured with the first COUNT of [Platforms] in place of the run's
// own platforms.
package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/bench/internal/subject"
)

// Scenario is one situation.
type Scenario struct {
	// Name is as it was written, COUNT included.
	Name string
	// Doc says in one line what is measured.
	Doc string
	// Count is how many platforms are built; 0 means those of the run.
	Count int
	// Fresh starts from empty caches; every other scenario has the cold build behind it.
	Fresh bool
	// Once says that a second sample needs empty caches in between, because the first leaves nothing to do.
	Once bool
	// Second builds the module's second main package, Union the one main package that imports what the subject's programs import
	// together.
	Second, Union bool
	// Export has the cache exported to the registry, Import has it imported from there: that of a build before the edit. Seed has an
	// image of the compiled dependencies from then as well.
	Export, Import, Seed bool
	// Upgrade builds with the next release of modship, Gzip compresses layers as BuildKit does without being told.
	Upgrade, Gzip bool
	// Disk builds other subjects than the run's, and is about what a daemon holds after it.
	Disk bool
	// Edit is made before the build; nil means none.
	Edit func(*subject.Tree) error
}

// All are the scenarios in the order in which they are measured: what follows a cold build uses its caches.
func All() []Scenario {
	return []Scenario{
		{Name: "cold", Doc: "empty caches", Fresh: true},
		{Name: "same", Doc: "no change since the last build"},
		{Name: "readme", Doc: "a line more in README.md", Edit: (*subject.Tree).EditReadme},
		{Name: "edit-main", Doc: "another string in the main package", Edit: (*subject.Tree).EditMain},
		{Name: "edit-leaf", Doc: "another string in an own package without own imports", Edit: (*subject.Tree).EditLeaf},
		{Name: "edit-gzip", Doc: "as edit-main, with modship's layers compressed by gzip", Edit: (*subject.Tree).EditMain, Gzip: true},
		{Name: "std-import", Doc: "the main package imports one more standard package", Edit: (*subject.Tree).AddImport, Once: true},
		{Name: "second-target", Doc: "another main package of the same module", Second: true, Once: true},
		{Name: "bump", Doc: "another version of one dependency", Edit: (*subject.Tree).Bump, Once: true},
		{Name: "upgrade", Doc: "no change, but another release of modship with the same modship-step", Upgrade: true, Once: true},
		{Name: "cold-export", Doc: "empty caches, and the cache is exported to the registry", Fresh: true, Export: true},
		{Name: "ci", Doc: "empty caches but for the registry's, and another string in the main package", Fresh: true, Import: true,
			Edit: (*subject.Tree).EditMain},
		{Name: "bump-ci", Doc: "empty caches but for the registry's, and another version of one dependency", Fresh: true, Import: true,
			Edit: (*subject.Tree).Bump},
		{Name: "bump-ci-seed", Doc: "as bump-ci, and an image of the dependencies as they were compiled before", Fresh: true, Import: true,
			Seed: true, Edit: (*subject.Tree).Bump},
		{Name: "union-export", Doc: "as cold-export, for one program that imports what all programs import together", Fresh: true,
			Export: true, Union: true},
		{Name: "disk", Doc: "what a daemon holds after ten modules, three of them with C, and five edits of each", Disk: true, Once: true},
	}
}

// Platforms are what NAME@COUNT builds for.
func Platforms() []string {
	return []string{
		"linux/amd64", "linux/arm64", "linux/ppc64le", "linux/s390x", "linux/riscv64", "linux/386", "linux/loong64", "linux/mips64le",
	}
}

// Names are the names of all scenarios, without a count.
func Names() []string {
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
	}
	return names
}

// Find returns the scenarios of the names, in the order to measure them: scenarios of equal platforms one after the other, as
// All has them.
func Find(names []string) ([]Scenario, error) {
	all := All()
	order := map[string]int{}
	var found []Scenario
	for _, name := range names {
		base, count, counted := strings.Cut(name, "@")
		i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == base })
		if i < 0 {
			return nil, fmt.Errorf("no scenario is named %q; there are %s", name, strings.Join(Names(), ", "))
		}
		s := all[i]
		s.Name = name
		if counted {
			n, err := strconv.Atoi(count)
			if err != nil || n < 1 || n > len(Platforms()) {
				return nil, fmt.Errorf("scenario %q: the number of platforms is from 1 to %d", name, len(Platforms()))
			}
			s.Count = n
		}
		order[name] = i
		found = append(found, s)
	}
	slices.SortStableFunc(found, func(a, b Scenario) int {
		return cmp.Or(cmp.Compare(a.Count, b.Count), cmp.Compare(order[a.Name], order[b.Name]))
	})
	return slices.CompactFunc(found, func(a, b Scenario) bool { return a.Name == b.Name }), nil
}

// Targets are the names of what the scenario builds of a subject.
func (s Scenario) Targets(of subject.Subject) []string {
	switch {
	case s.Second:
		return []string{subject.Second}
	case s.Union:
		return []string{subject.First}
	}
	return of.Built()
}

// Of gives the platforms of the scenario in a run for the platforms given.
func (s Scenario) Of(run []string) []string {
	if s.Count == 0 {
		return run
	}
	return Platforms()[:s.Count]
}
