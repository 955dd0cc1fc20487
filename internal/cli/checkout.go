package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/vcs"
)

// repository is what the facts of a commit are read from: the git folder of the checkout that the context is in, wherever that is
// and whatever .dockerignore says of it.
type repository struct {
	// root is the checkout.
	root string
	// git holds the copy of the git folder as .git.
	git fsutil.FS
	// attrs are what the frontend is told.
	attrs map[string]string
}

// findRepository looks for a checkout that what the user has named is in. It is nil if there is none, or none that can be read; then problem
// says why.
func findRepository(p localPlace, user vcs.User) (r *repository, problem string) {
	root, _, err := vcs.FindCheckout(p.named)
	if errors.Is(err, vcs.ErrNoRepository) {
		return nil, ""
	}
	var place vcs.Place
	if err == nil {
		place, err = vcs.Locate(root)
	}
	if err == nil {
		r, err = newRepository(root, place, p.context, user)
	}
	if err != nil {
		return nil, fmt.Sprintf("revision and version are not known: %v", err)
	}
	return r, ""
}

func newRepository(root string, place vcs.Place, context string, user vcs.User) (*repository, error) {
	repo, err := place.Open() // whatever is wrong with it is known here
	if err != nil {
		return nil, err
	}
	if err := repo.Close(); err != nil {
		return nil, err
	}
	git, err := newGitCopy(place, user)
	if err != nil {
		return nil, err
	}
	prefix, base, err := vcs.Position(root, context)
	if err != nil {
		return nil, err
	}
	attrs := map[string]string{vcs.OptionPrefix: prefix, vcs.OptionFolder: place.Folder, vcs.OptionConfig: ""}
	if base != "" {
		attrs[vcs.OptionBase] = base
	}
	if prefix != "." { // the daemon does not see the list
		if below := submodules(root, prefix); len(below) > 0 {
			attrs[vcs.OptionSubmodules] = strings.Join(below, "\n")
		}
	}
	return &repository{root: root, git: git, attrs: attrs}, nil
}

// submodules are the folders of submodules below a folder of a checkout, as far as its list of them can be read: it helps to say what is missing.
func submodules(root, prefix string) []string {
	f, err := localfile.Open(filepath.Join(root, ".gitmodules"))
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, vcs.MaxGitmodules))
	if err != nil {
		return nil
	}
	paths, _ := vcs.SubmodulePaths(text, prefix)
	return paths
}

// locate notes where the configuration is in the checkout.
func (r *repository) locate(d definition) {
	r.attrs[vcs.OptionConfig] = vcs.InCheckout(r.root, d.files[d.name].path)
}

// gitUser reads what the configuration of git outside of a repository says (git-config(1), "FILES").
func gitUser(lookup func(string) (string, bool)) vcs.User {
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	var names []string
	if system, ok := lookup("GIT_CONFIG_SYSTEM"); ok {
		names = append(names, system)
	} else if get("GIT_CONFIG_NOSYSTEM") == "" {
		names = append(names, "/etc/gitconfig")
	}
	home := get("HOME")
	if global, ok := lookup("GIT_CONFIG_GLOBAL"); ok {
		names = append(names, global)
	} else {
		if xdg := get("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
			names = append(names, filepath.Join(xdg, "git", "config"))
		} else if filepath.IsAbs(home) {
			names = append(names, filepath.Join(home, ".config", "git", "config"))
		}
		if filepath.IsAbs(home) {
			names = append(names, filepath.Join(home, ".gitconfig"))
		}
	}
	var files [][]byte
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxGitConfig {
			continue
		}
		if data, err := os.ReadFile(name); err == nil {
			files = append(files, data)
		}
	}
	return vcs.ParseUser(files...)
}

// gitCopy is what the daemon may see of a git folder, whatever it asks for: objects, references, and of configurations what
// [vcs.ReduceConfig] leaves. A clone's configuration may hold credentials, and other files too, such as FETCH_HEAD and hooks.
type gitCopy struct {
	fsutil.FS
	place vcs.Place
	user  vcs.User
}

// maxGitConfig bounds a configuration of git, in bytes.
const maxGitConfig = 1 << 20

// newGitCopy gives the git folder as the folder .git.
func newGitCopy(place vcs.Place, user vcs.User) (fsutil.FS, error) {
	g := &gitCopy{place: place, user: user}
	if _, err := g.config("config"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	disk, err := fsutil.NewFS(place.Git)
	if err != nil {
		return nil, err
	}
	if g.FS, err = fsutil.NewFilterFS(disk, &fsutil.FilterOpt{Map: g.keep}); err != nil {
		return nil, err
	}
	return fsutil.SubDirFS([]fsutil.Dir{{FS: g, Stat: &types.Stat{Path: ".git", Mode: uint32(fs.ModeDir | 0o755)}}})
}

// keep decides about one file or folder of the git folder, and writes down the size that a configuration has in the copy.
func (g *gitCopy) keep(name string, st *types.Stat) fsutil.MapResult {
	name = filepath.ToSlash(name)
	mode := fs.FileMode(st.Mode)
	switch {
	case !mode.IsDir() && !mode.IsRegular():
		return fsutil.MapResultExclude
	case !sent(name, g.place.Folder):
		if mode.IsDir() {
			return fsutil.MapResultSkipDir
		}
		return fsutil.MapResultExclude
	case mode.IsRegular() && isGitConfig(name):
		data, err := g.config(name)
		if err != nil {
			return fsutil.MapResultExclude
		}
		st.Size = int64(len(data))
	}
	return fsutil.MapResultKeep
}

// Open opens a file of the copy.
func (g *gitCopy) Open(name string) (io.ReadCloser, error) {
	clean := filepath.ToSlash(cleanName(name))
	switch {
	case !sent(clean, g.place.Folder):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case isGitConfig(clean):
		data, err := g.config(clean)
		return io.NopCloser(bytes.NewReader(data)), err
	}
	return g.FS.Open(name)
}

// config gives a configuration of the copy.
func (g *gitCopy) config(name string) ([]byte, error) {
	root, err := os.OpenRoot(g.place.Git)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxGitConfig+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxGitConfig {
		return nil, fmt.Errorf("the git configuration has more than %d bytes", maxGitConfig)
	}
	return vcs.ReduceConfig(data, g.user)
}

// sent tells whether a file or a folder of a git folder is part of the copy; folder is what a worktree has for itself.
func sent(name, folder string) bool {
	if name == "." || name == "" || folder != "" && (within(folder, name) || name == folder+"/HEAD") {
		return true
	}
	if folder != "" && strings.HasPrefix(name, folder+"/") {
		name = name[len(folder)+1:]
		return part(name, "modules") && sentOfModule(name) || part(name, "refs")
	}
	switch name {
	case "HEAD", "packed-refs", "shallow", "config", "info", "info/exclude", "info/attributes":
		return true
	}
	return part(name, "refs") || part(name, "objects") || part(name, "modules") && sentOfModule(name)
}

// sentOfModule leaves out what git folders of submodules hold beside what is read. Their names may have slashes.
func sentOfModule(name string) bool {
	for elem := range strings.SplitSeq(name, "/") {
		switch elem {
		case "hooks", "logs", "lfs", "index", "FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "description", "config.worktree":
			return false
		}
	}
	return true
}

// isGitConfig tells whether a file is a configuration. One of that name among the references of a submodule is lost.
func isGitConfig(name string) bool {
	return path.Base(name) == "config" && (name == "config" || strings.Contains(name, "modules/"))
}

// part tells whether name is top or below it.
func part(name, top string) bool { return name == top || strings.HasPrefix(name, top+"/") }

// within tells whether name is a folder that folder is in.
func within(folder, name string) bool { return strings.HasPrefix(folder+"/", name+"/") }
