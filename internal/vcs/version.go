package vcs

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v6/plumbing"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// taggedVersion is a tag that names a version of the module.
type taggedVersion struct {
	version   string // canonical
	canonical bool   // whether the tag is written so
	commit    plumbing.Hash
}

// query is cmd/go's codeRepo (modfetch/coderepo.go) at one commit of a local repository. There it knows no remote references, so
// that retractions play no part: codeRepo.Versions is empty.
type query struct {
	r      *Repository
	commit *commit
	where  location
}

// version does what setBuildInfo (cmd/go/internal/load/pkg.go) does for Main.Version; "" is its "(devel)".
func (r *Repository) version(c *commit, m Module) (string, error) {
	if m.Path == "" {
		return "", nil
	}
	root, err := r.rootModule(c, m)
	if err != nil {
		return "", err
	}
	where, ok := locate(root, m.Path)
	if !ok {
		return "", nil
	}
	q := &query{r, c, where}
	found, err := q.hasModule()
	if err != nil || !found {
		return "", err
	}
	return q.resolve()
}

// rootModule returns the module path at the root of the repository, without which go knows no version at all.
func (r *Repository) rootModule(c *commit, m Module) (string, error) {
	data, err := r.file(c.tree, "go.mod")
	if errors.Is(err, fs.ErrNotExist) {
		if slashDir(m.Dir) == "." {
			return m.Path, nil // go.mod is not committed yet
		}
		return "", nil
	}
	return goModPath(data), err
}

// resolve is codeRepo.convert: a canonical tag at the commit, else a pseudo-version above the highest tag before it.
func (q *query) resolve() (string, error) {
	tags, err := q.versions()
	if err != nil {
		return "", err
	}
	for _, t := range tags {
		if t.canonical && t.commit.Equal(q.commit.hash) {
			return q.spell(t.version)
		}
	}
	base, err := q.r.newestMerged(q.commit, tags)
	if err != nil {
		return "", err
	}
	t := commitTime(q.commit)
	if t.IsZero() {
		return "", nil
	}
	return q.spell(module.PseudoVersion(module.PathMajorPrefix(q.where.major), base, t, q.commit.hash.String()[:12]))
}

// versions returns the tags that may name a version of the module, highest first.
func (q *query) versions() ([]taggedVersion, error) {
	tags, err := q.r.tags()
	if err != nil {
		return nil, err
	}
	var list []taggedVersion
	for name, h := range tags {
		v, canonical := tagToVersion(name, q.where.tagPrefix())
		if v == "" {
			continue
		}
		if ok, err := q.allowed(v); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		commit, err := q.r.peel(h)
		if err != nil {
			return nil, err
		}
		list = append(list, taggedVersion{v, canonical, commit})
	}
	slices.SortFunc(list, func(a, b taggedVersion) int { return semver.Compare(b.version, a.version) })
	return list, nil
}

// tagToVersion is the function of that name in codeRepo.convert, with its look at the whole tag for a pseudo-version.
func tagToVersion(tag, prefix string) (v string, canonical bool) {
	trimmed, ok := strings.CutPrefix(tag, prefix)
	if !ok || module.IsPseudoVersion(tag) {
		return "", false
	}
	v = semver.Canonical(trimmed)
	if v == "" || !strings.HasPrefix(trimmed, v) {
		return "", false
	}
	return v, v == trimmed
}

// allowed says whether v is of the module's major version, or may be "+incompatible" (canUseIncompatible).
func (q *query) allowed(v string) (bool, error) {
	if module.MatchPathMajor(v, q.where.major) {
		return true, nil
	}
	if q.where.dir != "" || q.where.major != "" {
		return false, nil
	}
	for _, name := range []string{"go.mod", path.Join(semver.Major(v), "go.mod")} {
		switch _, err := q.r.file(q.commit.tree, name); {
		case err == nil:
			return false, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return true, nil
}

// spell is checkCanonical without its look at the files.
func (q *query) spell(v string) (string, error) {
	if module.MatchPathMajor(v, q.where.major) {
		return v, nil
	}
	ok, err := q.allowed(v)
	if !ok || err != nil {
		return "", err
	}
	return v + "+incompatible", nil
}

// hasModule is codeRepo.findDir: the commit has a go.mod of the right major version where the module path says it must be.
func (q *query) hasModule() (bool, error) {
	w := q.where
	path1, ok1, err := q.modulePath(path.Join(w.dir, "go.mod"))
	if err != nil {
		return false, err
	}
	found1 := ok1 && (isMajor(path1, w.major) || w.major == "" && strings.HasPrefix(path1, "gopkg.in/"))
	if w.major != "" && !w.whole {
		path2, ok2, err := q.modulePath(path.Join(w.dir, w.major[1:], "go.mod"))
		if err != nil {
			return false, err
		}
		if ok2 {
			return isMajor(path2, w.major) && !found1, nil
		}
	}
	return found1 || !ok1 && w.dir == "" && w.major == "", nil
}

func (q *query) modulePath(name string) (modPath string, exists bool, err error) {
	data, err := q.r.file(q.commit.tree, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return modfile.ModulePath(data), err == nil, err
}

// isMajor is the function of that name in modfetch/coderepo.go.
func isMajor(modPath, pathMajor string) bool {
	_, major, ok := module.SplitPathVersion(modPath)
	switch {
	case modPath == "" || !ok:
		return false
	case pathMajor == "":
		return slices.Contains([]string{"", "v0", "v1"}, module.PathMajorPrefix(major))
	case major == "":
		return false
	}
	return pathMajor[1:] == major[1:]
}
