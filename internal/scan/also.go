package scan

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Outgoing is what the commands of one image import from outside of the own modules on one platform, sorted; see [Image].
type Outgoing struct {
	Std      []string `json:"std,omitempty"`
	External []string `json:"external,omitempty"`
}

// JoinMains names the commands of an image together: whatever their order, by their import paths, which have no spaces in them.
func JoinMains(importPaths []string) string {
	return strings.Join(sortedSet(slices.Clone(importPaths)), " ")
}

// alsoAsked are the commands of the images of [Request.Also].
func (s *survey) alsoAsked() [][]Main {
	var images [][]Main
	for _, image := range s.request.Also {
		var mains []Main
		for _, asked := range image {
			if m, ok := s.alsoMain(asked); ok {
				mains = append(mains, m)
			}
		}
		if len(mains) == len(image) { // else it is left out
			images = append(images, mains)
		}
	}
	return images
}

// alsoMain is a command of another image; none if it has a profile: its packages are compiled in another way.
func (s *survey) alsoMain(asked string) (Main, bool) {
	if dir := path.Join(s.request.Module, asked); fs.ValidPath(dir) && strings.HasPrefix(asked, "./") && s.tree.list(dir).err != nil {
		return Main{}, false // nobody is to look for it
	}
	dir, err := s.askedDir(asked)
	if err != nil || s.tree.list(dir).pgo != nil {
		return Main{}, false
	}
	importPath := s.modules.importPath(dir)
	m := Main{ImportPath: importPath, Dir: dir, Name: binaryName(importPath)}
	for i, p := range s.loader.load(dir) {
		if p.name == "main" {
			m.Targets = append(m.Targets, s.platforms[i].name)
		}
	}
	return m, true
}

// closeAlso collects what each image imports.
func (s *survey) closeAlso(images [][]Main) {
	for _, mains := range images {
		found := make(map[string]Outgoing)
		for i, p := range s.platforms {
			if out, ok := s.outgoing(mains, i); ok {
				found[p.name] = out
			}
		}
		if len(found) == 0 {
			continue
		}
		if s.result.Also == nil {
			s.result.Also = make(map[string]map[string]Outgoing)
		}
		s.result.Also[JoinMains(importPaths(mains))] = found
	}
}

// outgoing is what commands import together on one platform, if each is there, has no mistake and no C, which is compiled in another way.
func (s *survey) outgoing(mains []Main, platform int) (Outgoing, bool) {
	std, external := make(set), make(set)
	for _, m := range mains {
		faulty := !slices.Contains(m.Targets, s.platforms[platform].name)
		if faulty {
			return Outgoing{}, false
		}
		c := s.closure(m, platform, func(fault) { faulty = true })
		if faulty || c.cgoMatters {
			return Outgoing{}, false
		}
		maps.Copy(std, c.std)
		maps.Copy(external, c.external)
	}
	return Outgoing{Std: std.sorted(), External: external.sorted()}, true
}

func importPaths(mains []Main) []string {
	var paths []string
	for _, m := range mains {
		paths = append(paths, m.ImportPath)
	}
	return paths
}
