package scan

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Outgoing is what one command imports from outside of the own modules on one platform, sorted; see [Image].
type Outgoing struct {
	Std      []string `json:"std,omitempty"`
	External []string `json:"external,omitempty"`
}

// alsoAsked are the commands of [Request.Also]. One with a profile is left out: its packages are compiled in another way.
func (s *survey) alsoAsked() []Main {
	var found []Main
	for _, asked := range s.request.Also {
		if dir := path.Join(s.request.Module, asked); fs.ValidPath(dir) && strings.HasPrefix(asked, "./") && s.tree.list(dir).err != nil {
			continue // nobody is to look for it
		}
		dir, err := s.askedDir(asked)
		if err != nil || s.tree.list(dir).pgo != nil {
			continue
		}
		importPath := s.modules.importPath(dir)
		m := Main{ImportPath: importPath, Dir: dir, Name: binaryName(importPath)}
		for i, p := range s.loader.load(dir) {
			if p.name == "main" {
				m.Targets = append(m.Targets, s.platforms[i].name)
			}
		}
		found = append(found, m)
	}
	return found
}

// closeAlso collects what they import.
func (s *survey) closeAlso(mains []Main) {
	for _, m := range mains {
		for i, p := range s.platforms {
			if !slices.Contains(m.Targets, p.name) {
				continue
			}
			faulty := false
			c := s.closure(m, i, func(fault) { faulty = true })
			if faulty || c.cgoMatters { // what C is in is compiled in another way
				continue
			}
			if s.result.Also == nil {
				s.result.Also = make(map[string]map[string]Outgoing)
			}
			if s.result.Also[m.ImportPath] == nil {
				s.result.Also[m.ImportPath] = make(map[string]Outgoing)
			}
			s.result.Also[m.ImportPath][p.name] = Outgoing{Std: c.std.sorted(), External: c.external.sorted()}
		}
	}
}
