package vcs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v6"
	"github.com/go-git/go-billy/v6/osfs"
	"github.com/go-git/go-git/v6/plumbing/format/config"

	"github.com/modship-build/modship/internal/gomod"
)

// ErrForeign says that what a folder names as its git folder is another one's.
var ErrForeign = errors.New("the git folder is not followed")

// Place says where the git folder of a checkout is.
type Place struct {
	// Git is the git folder, or that of the repository which the checkout is a worktree of.
	Git string
	// Folder is the part of Git, with slashes, that a worktree has for itself; "" if the checkout is none.
	Folder string
}

// Locate finds the git folder of the checkout dir. A folder .git is one. A file .git, and a link, name one elsewhere: that is
// followed only within dir, and where the other side says the same, so that no tree that somebody else made can bring in a
// repository it has nothing to do with. A worktree's folder is worktrees/NAME of a git folder and names this .git file; a
// submodule's is below modules of a git folder, and its configuration names dir (gitrepository-layout(5)).
//
// Errors wrap [ErrNoRepository], or [ErrForeign] for what is not followed.
func Locate(dir string) (Place, error) {
	top, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return Place{}, err
	}
	own, err := ownFolder(top)
	if err != nil {
		return Place{}, err
	}
	common, err := pointer(own, "commondir")
	if errors.Is(err, fs.ErrNotExist) {
		if !within(top, own) && !isSubmodule(own, top) {
			return Place{}, fmt.Errorf("%w: %q is not the git folder of a worktree or a submodule in this folder", ErrForeign, own)
		}
		return Place{Git: own}, nil
	} else if err != nil {
		return Place{}, fmt.Errorf("reading commondir: %w", err)
	}
	shared, err := follow(own, common)
	if err != nil {
		return Place{}, err
	}
	if filepath.Base(filepath.Dir(own)) != "worktrees" || filepath.Dir(filepath.Dir(own)) != shared {
		return Place{}, fmt.Errorf("%w: it shares %q, of which it is no worktree", ErrForeign, shared)
	}
	if !isWorktree(own, top) {
		return Place{}, fmt.Errorf("%w: %q is not the git folder of a worktree in this folder", ErrForeign, own)
	}
	return Place{Git: shared, Folder: "worktrees/" + filepath.Base(own)}, nil
}

// ownFolder follows .git in dir to a folder, whose path has no links.
func ownFolder(dir string) (string, error) {
	own := filepath.Join(dir, ".git")
	if info, err := osfs.New(dir).Lstat(".git"); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		target, err := filepath.EvalSymlinks(own)
		if err != nil || !within(dir, target) {
			return "", fmt.Errorf("%w: .git is a link out of this folder", ErrForeign)
		}
	}
	if isFolder(own) {
		return filepath.EvalSymlinks(own)
	}
	line, err := pointer(dir, ".git")
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w in %s", ErrNoRepository, dir)
	} else if err != nil {
		return "", fmt.Errorf("%w: reading the .git file: %w", ErrNoRepository, err)
	}
	target, ok := strings.CutPrefix(line, "gitdir:")
	if !ok {
		return "", fmt.Errorf("%w: the .git file does not name a git folder", ErrNoRepository)
	}
	return follow(dir, target)
}

// isWorktree tells whether the git folder own names the .git file of dir.
func isWorktree(own, dir string) bool {
	back, err := pointer(own, "gitdir")
	if err != nil {
		return false
	}
	if !filepath.IsAbs(back) {
		back = filepath.Join(own, back)
	}
	checkout, err := filepath.EvalSymlinks(filepath.Dir(back))
	return err == nil && filepath.Base(back) == ".git" && checkout == dir
}

// isSubmodule tells whether the git folder own is that of a submodule in dir.
func isSubmodule(own, dir string) bool {
	if !strings.Contains(filepath.ToSlash(own), "/modules/") {
		return false
	}
	cfg, err := readConfig(readOnly{osfs.New(own)})
	if err != nil {
		return false
	}
	checkout := filepath.FromSlash(cfg.Section("core").Option("worktree"))
	if checkout == "" {
		return false
	}
	if !filepath.IsAbs(checkout) {
		checkout = filepath.Join(own, checkout)
	}
	checkout, err = filepath.EvalSymlinks(checkout)
	return err == nil && checkout == dir
}

// within tells whether name is below dir. Neither has links in it.
func within(dir, name string) bool {
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

// Open opens the repository whose checkout is the folder dir; see [Locate]. It looks in no parent of dir. Errors wrap
// [ErrNoRepository], [ErrForeign] and [ErrUnsupported].
func Open(dir string) (*Repository, error) {
	p, err := Locate(dir)
	if err != nil {
		return nil, err
	}
	return p.Open()
}

// Open opens the repository.
func (p Place) Open() (*Repository, error) {
	var files billy.Filesystem = readOnly{osfs.New(p.Git)}
	if p.Folder != "" {
		if !fs.ValidPath(p.Folder) || path.Dir(p.Folder) != "worktrees" || !isFolder(filepath.Join(p.Git, p.Folder)) {
			return nil, fmt.Errorf("%w: %q is no worktree", ErrNoRepository, p.Folder)
		}
		files = &sharing{own: readOnly{osfs.New(filepath.Join(p.Git, p.Folder))}, Filesystem: files}
	}
	return openFiles(files)
}

// sharing is the git folder of a worktree: it has a HEAD of its own, and everything else is the shared one's.
type sharing struct {
	billy.Filesystem
	own billy.Filesystem
}

func (s *sharing) of(name string) billy.Filesystem {
	clean := path.Clean(filepath.ToSlash(name))
	for _, dir := range []string{"HEAD", "modules", "refs/worktree", "refs/bisect", "refs/rewritten"} {
		if _, ok := gomod.CutPath(clean, dir); ok {
			return s.own
		}
	}
	return s.Filesystem
}

func (s *sharing) Open(name string) (billy.File, error) { return s.of(name).Open(name) }

func (s *sharing) OpenFile(name string, flag int, perm fs.FileMode) (billy.File, error) {
	return s.of(name).OpenFile(name, flag, perm)
}

func (s *sharing) Stat(name string) (fs.FileInfo, error)        { return s.of(name).Stat(name) }
func (s *sharing) Lstat(name string) (fs.FileInfo, error)       { return s.of(name).Lstat(name) }
func (s *sharing) ReadDir(name string) ([]fs.DirEntry, error)   { return s.of(name).ReadDir(name) }
func (s *sharing) Readlink(name string) (string, error)         { return s.of(name).Readlink(name) }
func (s *sharing) Chroot(name string) (billy.Filesystem, error) { return s.of(name).Chroot(name) }

func readConfig(files billy.Filesystem) (*config.Config, error) {
	cfg := config.New()
	f, err := files.Open("config")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return cfg, config.NewDecoder(f).Decode(cfg)
}

func isFolder(name string) bool {
	info, err := osfs.New(name).Stat("")
	return err == nil && info.IsDir()
}

// pointer reads a file that holds one line with a path.
func pointer(dir, name string) (string, error) {
	f, err := readOnly{osfs.New(dir)}.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := io.ReadAll(io.LimitReader(f, 1<<13))
	return strings.TrimRight(string(line), "\r\n"), err
}

func follow(from, target string) (string, error) {
	dir := filepath.FromSlash(strings.TrimSpace(target))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(from, dir)
	}
	if !isFolder(dir) {
		return "", fmt.Errorf("%w: its git folder %q is not here", ErrNoRepository, target)
	}
	return filepath.EvalSymlinks(dir)
}
