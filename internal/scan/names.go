package scan

import "strings"

// Names are what the commands are called as targets, in the order of Mains: as their programs; where several have one name, as their
// folders, with "-" for "/". One that would still be called as another has no name.
func (r *Result) Names() []string {
	programs := map[string]int{}
	for _, m := range r.Mains {
		programs[m.Name]++
	}
	names, taken := make([]string, len(r.Mains)), map[string]int{}
	for i, m := range r.Mains {
		names[i] = m.Name
		if programs[m.Name] > 1 {
			names[i] = r.folderName(m)
		}
		taken[names[i]]++
	}
	for i, m := range r.Mains {
		if taken[names[i]] > 1 && programs[m.Name] > 1 {
			names[i] = ""
		}
	}
	return names
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
