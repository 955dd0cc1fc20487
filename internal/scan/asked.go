package scan

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/module"
)

// askedDir finds the directory of a command's name. As in cmd/go only "." and what begins with "./" is a directory.
func (s *survey) askedDir(asked string) (string, error) {
	if asked != "." && !strings.HasPrefix(asked, "./") {
		return s.askedImport(asked)
	}
	dir := path.Join(s.request.Module, asked)
	if !fs.ValidPath(dir) {
		return "", fmt.Errorf("%s is not below the root of the context", asked)
	}
	if err := s.checkDir(dir, asked); err != nil {
		return "", err
	}
	return dir, nil
}

// askedImport takes the longest own module that has the package, as an import would.
func (s *survey) askedImport(asked string) (string, error) {
	places := s.modules.inside(asked)
	if len(places) == 0 {
		if dir := path.Join(s.request.Module, asked); fs.ValidPath(dir) && s.tree.list(dir).goDir {
			return "", fmt.Errorf("%s is not in the module; a directory is written ./%s", asked, path.Clean(asked))
		}
		return "", fmt.Errorf("%s is not in the module", asked)
	}
	var first error
	for _, p := range places {
		if _, found := s.modules.border(p); found && len(places) > 1 {
			continue
		}
		err := s.checkDir(p.dir, asked)
		if err == nil {
			return p.dir, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// checkDir says why a directory holds no package of an own module.
func (s *survey) checkDir(dir, asked string) error {
	l := s.tree.list(dir)
	if l.err != nil {
		s.tree.links.Want(dir)
		return fmt.Errorf("there is no directory %s", dir)
	}
	importPath := s.modules.importPath(dir)
	if importPath == "" {
		return fmt.Errorf("%s belongs to no module of this build%s", asked, s.foreign(dir))
	}
	if err := module.CheckImportPath(importPath); err != nil {
		return err
	}
	if !l.goDir {
		return fmt.Errorf("%s has no Go files", asked)
	}
	if len(l.files) == 0 {
		return fmt.Errorf("%s has tests only", asked)
	}
	return nil
}

// foreign names the go.mod file that dir is under.
func (s *survey) foreign(dir string) string {
	for d := dir; ; d = path.Dir(d) {
		if s.tree.list(d).module {
			return ", but to that of " + path.Join(d, "go.mod")
		}
		if d == "." {
			return ""
		}
	}
}
