package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/patternmatcher"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/vcs"
)

// since compares what images are made of with an earlier commit. Where it is not sure that nothing has changed, something has.
type since struct {
	ref        string
	dir        string // the build context
	prefix     string // of it in the checkout
	root       string // of the checkout
	repository *vcs.Repository
	commit     *vcs.Since
	definition definition
	// file is the configuration, earlier that of the commit; nil if it cannot be compared. args are the arguments of both.
	file, earlier *config.File
	args          map[string]string
	changes       vcs.Changes
}

// openSince finds the commit that --since names in the repository of a folder.
func openSince(ref, dir string, d definition, args map[string]string) (*since, error) {
	mistake := func(err error) error { return &diag.Error{Range: diag.Range{File: "--since"}, Msg: ref, Err: err} }
	root, prefix, err := vcs.FindCheckout(dir)
	if err != nil {
		return nil, mistake(err)
	}
	place, err := vcs.Locate(root)
	if err != nil {
		return nil, mistake(err)
	}
	s := &since{ref: ref, dir: dir, prefix: prefix, root: root, definition: d, args: args}
	if s.repository, err = place.Open(); err != nil {
		return nil, mistake(err)
	}
	if s.commit, err = s.repository.Since(ref); err != nil {
		err = errors.Join(err, s.repository.Close())
		m := mistake(err).(*diag.Error)
		if errors.Is(err, vcs.ErrIncomplete) {
			m.Help = "git fetch --unshallow gets what a shallow clone lacks; a commit that no branch has any more is gone, and a branch is there, as in --since origin/main"
		} else {
			m.Help = "write a full hash, or the name of a tag or a branch, as in --since origin/main"
		}
		return nil, m
	}
	s.readConfigs()
	return s, nil
}

// close lets go of the repository.
func (s *since) close() { _ = s.repository.Close() }

// readConfigs reads the configuration as it is and as it was.
func (s *since) readConfigs() {
	text, err := s.definition.text()
	if err != nil {
		return
	}
	before, ok := s.configThen()
	if !ok {
		return
	}
	now, err := config.Parse(s.definition.name, text)
	then, thenErr := config.Parse(s.definition.name, before)
	if err == nil && thenErr == nil {
		s.file, s.earlier = now, then
	}
}

// configThen is what the commit has in the place of the configuration. Without one, it must have had none.
func (s *since) configThen() (text []byte, ok bool) {
	onDisk := s.definition.files[s.definition.name].path
	if onDisk != "" {
		text, err := s.commit.File(vcs.InCheckout(s.root, onDisk))
		return text, err == nil
	}
	if s.definition.name != configName { // it is of standard input
		return nil, false
	}
	if _, err := s.commit.File(path.Join(s.prefix, configName)); err == nil {
		return nil, false
	}
	dockerfile, err := s.commit.File(path.Join(s.prefix, dockerui.DefaultDockerfileName))
	return nil, err != nil || !namesModshipIn(dockerfile)
}

// compare finds the changes that may be of one of the images.
func (s *since) compare(all []frontend.Inputs) (err error) {
	s.changes, err = s.commit.Changes(os.DirFS(s.dir), s.prefix, lookInto(all))
	return err
}

// lookInto tells of folders whether there may be something in them, or below, that an image is made of.
func lookInto(all []frontend.Inputs) func(dir string) bool {
	exact, below := map[string]bool{}, map[string]bool{}
	add := func(dir string) {
		for ; !exact[dir]; dir = path.Dir(dir) {
			exact[dir] = true
		}
	}
	for _, in := range all {
		for _, dir := range in.Packages {
			add(dir)
		}
		for _, name := range slices.Concat(in.Files, in.Modules) {
			add(path.Dir(name))
		}
		deep := slices.Clone(in.Imported)
		for _, pattern := range slices.Concat(in.Patterns, in.Vendored) {
			deep = append(deep, fixedPart(pattern))
		}
		if in.OwnC {
			deep = append(deep, ".")
		}
		for _, dir := range deep {
			below[dir] = true
			add(dir)
		}
	}
	return func(dir string) bool {
		for up := dir; ; up = path.Dir(up) {
			if below[up] {
				return true
			}
			if up == "." {
				return exact[dir]
			}
		}
	}
}

// fixedPart are the elements of a pattern before the first that may stand for several names.
func fixedPart(pattern string) string {
	elements := strings.Split(pattern, "/")
	for i, e := range elements {
		if strings.ContainsAny(e, `*?[\!^`) {
			elements = elements[:i]
			break
		}
	}
	return path.Join(".", path.Join(elements...))
}

// why says why an image is built; "" if nothing of it has changed.
func (s *since) why(target string, in frontend.Inputs) string {
	for _, find := range []func(string, frontend.Inputs) string{s.whyConfig, s.whyContexts, s.whyModules, s.whyFiles} {
		if why := find(target, in); why != "" {
			return why
		}
	}
	return ""
}

func (s *since) whyConfig(target string, _ frontend.Inputs) string {
	if s.ignoresOther() {
		return "what .dockerignore says has changed since " + s.ref
	}
	if s.file == nil {
		return "its configuration cannot be compared with that of " + s.ref
	}
	name, _ := s.file.Choose(frontend.ConfigTarget(target))
	now, err := s.file.Target(name, s.args)
	name, _ = s.earlier.Choose(frontend.ConfigTarget(target))
	then, thenErr := s.earlier.Target(name, s.args)
	if err != nil || thenErr != nil || !reflect.DeepEqual(now, then) {
		return "its configuration has changed since " + s.ref
	}
	return ""
}

// ignoresOther tells whether an ignore file is not what it was: other files may have been sent then.
func (s *since) ignoresOther() bool {
	files := map[string]string{filepath.Join(s.dir, dockerui.DefaultDockerignoreName): path.Join(s.prefix, dockerui.DefaultDockerignoreName)}
	if onDisk := s.definition.files[s.definition.name].path; onDisk != "" {
		files[onDisk+dockerui.DefaultDockerignoreName] = vcs.InCheckout(s.root, onDisk) + dockerui.DefaultDockerignoreName
	}
	for onDisk, inRepo := range files {
		now, err := os.ReadFile(onDisk)
		then, thenErr := s.commit.File(inRepo)
		if (err == nil) != (thenErr == nil) || !bytes.Equal(now, then) {
			return true
		}
	}
	return false
}

func (s *since) whyContexts(_ string, in frontend.Inputs) string {
	if len(in.Contexts) == 0 {
		return ""
	}
	return fmt.Sprintf("it has files of %s, which is not in the repository", strings.Join(in.Contexts, ", "))
}

// whyModules looks at the module files: a change of versions is none of an image that imports no other module.
func (s *since) whyModules(_ string, in frontend.Inputs) string {
	for _, name := range in.Modules {
		if !slices.Contains(s.changes.Changed, name) {
			continue
		}
		if in.External || path.Base(name) == "go.work" || path.Base(name) == "go.mod" && !s.onlyVersions(name) {
			return s.changed(name)
		}
	}
	return ""
}

func (s *since) onlyVersions(name string) bool {
	then, err := s.commit.File(path.Join(s.prefix, name))
	now, nowErr := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	return err == nil && nowErr == nil && gomod.OnlyVersions(then, now)
}

func (s *since) whyFiles(_ string, in frontend.Inputs) string {
	matches := matcher(in.Patterns)
	vendored := func(string) bool { return false }
	if in.External {
		vendored = matcher(in.Vendored)
	}
	of := func(name string) bool {
		return slices.Contains(in.Files, name) || matches(name) || vendored(name) || inPackage(in, name) || in.OwnC && includedByC(name)
	}
	if i := slices.IndexFunc(s.changes.Changed, of); i >= 0 {
		return s.changed(s.changes.Changed[i])
	}
	if i := slices.IndexFunc(s.changes.Ignored, of); i >= 0 {
		return fmt.Sprintf("%s is ignored by git, so whether it has changed is not known", s.changes.Ignored[i])
	}
	return ""
}

// inPackage tells whether a file may belong to an own package of the image, or to one that other modules may bring in.
func inPackage(in frontend.Inputs, name string) bool {
	if !gofiles.Listed(name) || strings.HasSuffix(name, "_test.go") {
		return false
	}
	if slices.Contains(in.Packages, path.Dir(name)) {
		return true
	}
	return in.External && slices.ContainsFunc(in.Imported, func(dir string) bool {
		_, inside := gomod.CutPath(name, dir)
		return inside || dir == "."
	})
}

// includedByC tells whether C may include a file, or be linked with it.
func includedByC(name string) bool {
	return gofiles.Listed(name) && path.Ext(name) != ".go" || gofiles.Included(name) || gofiles.Linked(name)
}

// matcher takes what cannot be read as pattern for one that matches all.
func matcher(patterns []string) func(name string) bool {
	if len(patterns) == 0 {
		return func(string) bool { return false }
	}
	m, err := patternmatcher.New(patterns)
	return func(name string) bool {
		if err != nil {
			return true
		}
		matches, err := m.MatchesOrParentMatches(filepath.FromSlash(name))
		return matches || err != nil
	}
}

// changed says that a file is not what it was.
func (s *since) changed(name string) string {
	_, now := fs.Stat(os.DirFS(s.dir), name)
	_, then := s.commit.File(path.Join(s.prefix, name))
	switch {
	case errors.Is(now, fs.ErrNotExist):
		return fmt.Sprintf("%s is gone since %s", name, s.ref)
	case errors.Is(then, fs.ErrNotExist):
		return fmt.Sprintf("%s is new since %s", name, s.ref)
	}
	return fmt.Sprintf("%s has changed since %s", name, s.ref)
}
