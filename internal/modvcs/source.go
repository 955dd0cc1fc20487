package modvcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v6/plumbing/object"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	modzip "golang.org/x/mod/zip"
)

// source is a version of a module in a repository.
type source struct {
	module module.Version
	repo   *repository
	commit *object.Commit
	tree   *object.Tree // of the commit
	// tag is "" for a pseudo-version.
	tag string
	// dir is the module's folder, with slashes, or "".
	dir   string
	goMod []byte
	// converted is a file by which git changes others when they are archived, or "".
	converted string
}

// source finds a version of a module.
func (r *repository) source(ctx context.Context, at place, m module.Version) (*source, error) {
	if module.CanonicalVersion(m.Version) != m.Version {
		return nil, fmt.Errorf("%s is no canonical version", m.Version)
	}
	l, err := newLayout(at, m.Path)
	if err != nil {
		return nil, err
	}
	src := &source{module: m, repo: r}
	if module.IsPseudoVersion(m.Version) {
		src.commit, err = r.pseudo(ctx, m.Version)
	} else {
		src.tag = path.Join(l.dir, strings.TrimSuffix(m.Version, "+incompatible"))
		src.commit, err = r.tag(ctx, src.tag)
	}
	if err != nil {
		return nil, err
	}
	if src.tree, err = src.commit.Tree(); err != nil {
		return nil, src.reading(err)
	}
	src.dir, src.goMod, err = l.find(m.Version, src.read)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src, err)
	}
	return src, nil
}

// pseudo gives the commit of a pseudo-version, whose time has to be the one that the version says.
func (r *repository) pseudo(ctx context.Context, version string) (*object.Commit, error) {
	rev, err := module.PseudoVersionRev(version)
	if err != nil {
		return nil, err
	}
	says, err := module.PseudoVersionTime(version)
	if err != nil {
		return nil, err
	}
	commit, err := r.abbreviated(ctx, rev)
	if err != nil {
		return nil, err
	}
	if is := commit.Committer.When.UTC(); !is.Equal(says) {
		return nil, fmt.Errorf("%s: commit %s is of %s, and the version says %s", shown(r.url()), rev, is.Format(time.RFC3339), says.Format(time.RFC3339))
	}
	return commit, nil
}

// String names the tag, the commit and the repository.
func (s *source) String() string {
	commit := "commit " + s.commit.Hash.String()
	if s.tag != "" {
		commit = fmt.Sprintf("tag %s (%s)", s.tag, commit)
	}
	return commit + " of " + shown(s.repo.url())
}

// help says why the content may not be the one that go.sum was written for.
func (s *source) help() string {
	switch {
	case s.converted != "":
		return fmt.Sprintf("%s has git change files when it makes an archive of them, which build steps do not: take the module from a module proxy, or vendor it", s.converted)
	case s.tag != "":
		return fmt.Sprintf("tag %s may have been moved since go.sum was written: require another version, or have the tag put back", s.tag)
	}
	return ""
}

func (s *source) reading(err error) error {
	return fmt.Errorf("reading %s: %w", s, err)
}

// read gives a small file of the commit.
func (s *source) read(name string) ([]byte, error) {
	f, err := s.tree.File(name)
	if errors.Is(err, object.ErrFileNotFound) || err == nil && !f.Mode.IsRegular() && !f.Mode.IsFile() {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, s.reading(err)
	}
	r, err := f.Reader()
	if err != nil {
		return nil, s.reading(err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, modzip.MaxGoMod+1))
	if err == nil && len(text) > modzip.MaxGoMod {
		err = fmt.Errorf("%s has more than %d bytes", name, modzip.MaxGoMod)
	}
	if err != nil {
		return nil, s.reading(err)
	}
	return text, nil
}

// layout says where in a repository a module may be, by the rules of cmd/go (coderepo.go; https://go.dev/ref/mod#vcs-dir).
type layout struct {
	place
	path string
	// major is the end of the path, such as "/v2", ".v2" of gopkg.in, or "".
	major string
	// dir is the folder without one for the major version. Names of tags begin with it.
	dir string
}

func newLayout(at place, modulePath string) (layout, error) {
	prefix, major, ok := module.SplitPathVersion(modulePath)
	if !ok {
		return layout{}, fmt.Errorf("%s is no path of a module", modulePath)
	}
	l := layout{place: at, path: modulePath, major: major}
	if at.Root != modulePath {
		if prefix != at.Root && !strings.HasPrefix(prefix, at.Root+"/") {
			return layout{}, fmt.Errorf("the repository of %s cannot have the module %s", at.Root, modulePath)
		}
		l.dir = strings.Trim(prefix[len(at.Root):], "/")
	}
	l.dir = path.Join(l.dir, at.SubDir)
	return l, nil
}

// find gives the module's folder and go.mod file: at the folder for the major version, or above it.
func (l layout) find(version string, read func(string) ([]byte, error)) (dir string, goMod []byte, err error) {
	goMod, above, err := l.goMod(l.dir, read)
	if err != nil {
		return "", nil, err
	}
	fits := above && (isOfMajor(goMod, l.major) || l.major == "" && strings.HasPrefix(modfile.ModulePath(goMod), "gopkg.in/"))
	ownFolder := l.major != "" && l.Root != l.path && !strings.HasPrefix(l.major, ".")
	if ownFolder {
		below := path.Join(l.dir, l.major[1:])
		text, ok, err := l.goMod(below, read)
		switch {
		case err != nil:
			return "", nil, err
		case ok && !isOfMajor(text, l.major):
			return "", nil, fmt.Errorf("%s/go.mod is of the module %q, which does not end in %s", below, modfile.ModulePath(text), l.major)
		case ok && fits:
			return "", nil, fmt.Errorf("both %s and %s are of a module that ends in %s", path.Join(l.dir, "go.mod"), path.Join(below, "go.mod"), l.major)
		case ok:
			return below, text, nil
		}
	}
	switch {
	case fits:
		return l.dir, goMod, nil
	case above:
		return "", nil, fmt.Errorf("%s is of the module %q, which is not one of major version %s", path.Join(l.dir, "go.mod"), modfile.ModulePath(goMod), semver.Major(version))
	case l.dir == "" && !ownFolder && (l.major == "" || strings.HasPrefix(l.major, ".")):
		return "", fmt.Appendf(nil, "module %s\n", modfile.AutoQuote(l.path)), nil // from before there were modules
	}
	return "", nil, fmt.Errorf("there is no %s", path.Join(l.dir, "go.mod"))
}

func (l layout) goMod(dir string, read func(string) ([]byte, error)) (text []byte, ok bool, err error) {
	text, err = read(path.Join(dir, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return text, err == nil, err
}

// isOfMajor tells whether the path in a go.mod file has a major version. It may be another path: that of a fork is.
func isOfMajor(goMod []byte, major string) bool {
	_, itsMajor, ok := module.SplitPathVersion(modfile.ModulePath(goMod))
	switch {
	case !ok || modfile.ModulePath(goMod) == "":
		return false
	case major == "":
		m := module.PathMajorPrefix(itsMajor)
		return m == "" || m == "v0" || m == "v1"
	}
	return itsMajor != "" && itsMajor[1:] == major[1:]
}
