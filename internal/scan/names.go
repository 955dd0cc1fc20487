package scan

import (
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
)

// Names are what the commands are called as targets, in the order of Mains: as their programs; where several have one name, or that has a
// meaning of its own, as their folders, with "-" for "/". One that would still be called as another, or so, has no name.
func (r *Result) Names() []string {
	programs := map[string]int{}
	for _, m := range r.Mains {
		programs[m.Name]++
	}
	byFolder := func(m Main) bool { return programs[m.Name] > 1 || isTaken(m.Name) }
	names, called := make([]string, len(r.Mains)), map[string]int{}
	for i, m := range r.Mains {
		names[i] = m.Name
		if byFolder(m) {
			names[i] = r.folderName(m)
		}
		called[names[i]]++
	}
	for i, m := range r.Mains {
		if called[names[i]] > 1 && byFolder(m) || isTaken(names[i]) {
			names[i] = ""
		}
	}
	return names
}

// isTaken tells of names that mean something else as targets.
func isTaken(name string) bool {
	return name == defaults.Target || slices.Contains(defaults.ReservedTargets(), name)
}

// folderName is the folder of a command in its module as one word. The module's own folder has no name there.
func (r *Result) folderName(m Main) string {
	dir := strings.TrimPrefix(r.spelling(m.Dir), "./")
	if dir == "." {
		return m.Name
	}
	return strings.ReplaceAll(dir, "/", "-")
}

// Named gives the command that is called so as a target.
func (r *Result) Named(name string) (Main, bool) {
	for i, n := range r.Names() {
		if n == name && n != "" {
			return r.Mains[i], true
		}
	}
	return Main{}, false
}

// Spelling writes a command as it stands behind main: in a configuration.
func (r *Result) Spelling(m Main) string { return r.spelling(m.Dir) }
