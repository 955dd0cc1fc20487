package vcs_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

func TestOpenErrors(t *testing.T) {
	for name, test := range map[string]struct {
		make func(w *world)
		want error
	}{
		"nothing":                    {func(w *world) {}, vcs.ErrNoRepository},
		"empty .git":                 {func(w *world) { w.write("m/.git/x", "") }, vcs.ErrNoRepository},
		"not a pointer":              {func(w *world) { w.write("m/.git", "x\n") }, vcs.ErrNoRepository},
		"pointer to nowhere":         {func(w *world) { w.write("m/.git", "gitdir: ../.git/modules/m\n") }, vcs.ErrNoRepository},
		"pointer to a file":          {func(w *world) { w.write("m/.git", "gitdir: .git\n") }, vcs.ErrNoRepository},
		"link out":                   {func(w *world) { w.repo("other", mod); w.link("m/.git", "../other/.git") }, vcs.ErrForeign},
		"link to a folder beside it": {func(w *world) { w.repo("m", mod); w.rename("m/.git", "m/git"); w.link("m/.git", "git") }, nil},
		"file that names a folder beside it": {func(w *world) {
			w.repo("m", mod)
			w.rename("m/.git", "m/git")
			w.write("m/.git", "gitdir: git\n")
		}, nil},
		"file that names another's folder": {func(w *world) { w.repo("other", mod); w.write("m/.git", "gitdir: ../other/.git\n") }, vcs.ErrForeign},
		"absolute":                         {func(w *world) { w.repo("other", mod); w.write("m/.git", "gitdir: "+w.path("other/.git")+"\n") }, vcs.ErrForeign},
		"folder that shares another's": {func(w *world) {
			w.repo("other", mod)
			w.repo("m", mod)
			w.write("m/.git/commondir", "../../other/.git\n")
		}, vcs.ErrForeign},
		"file that names a folder beside it that shares another's": {func(w *world) {
			w.repo("other", mod)
			w.repo("m", mod)
			w.rename("m/.git", "m/worktrees/x")
			w.write("m/worktrees/x/commondir", w.path("other/.git")+"\n")
			w.write("m/worktrees/x/gitdir", w.path("m/.git")+"\n")
			w.write("m/.git", "gitdir: worktrees/x\n")
		}, vcs.ErrForeign},
		"another's worktree": {func(w *world) {
			w.repo("other", mod)
			w.git("other", "worktree", "add", "-q", "--detach", w.path("tree"))
			w.write("m/.git", "gitdir: ../other/.git/worktrees/tree\n")
		}, vcs.ErrForeign},
		"another's submodule": {func(w *world) {
			w.repo("other", mod)
			w.repo("library", mod)
			w.git("other", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", w.path("library"), "library")
			w.write("m/.git", "gitdir: ../other/.git/modules/library\n")
		}, vcs.ErrForeign},
		"worktree alone":    {func(w *world) { w.write("m/.git/commondir", "../../x\n"); w.write("m/.git/HEAD", "ref: x\n") }, vcs.ErrNoRepository},
		"reftable":          {func(w *world) { w.repo("m", mod); w.extension("refStorage", "reftable") }, vcs.ErrUnsupported},
		"unknown hash":      {func(w *world) { w.repo("m", mod); w.extension("objectFormat", "sha3") }, vcs.ErrUnsupported},
		"unknown extension": {func(w *world) { w.repo("m", mod); w.extension("newIdea", "true") }, vcs.ErrUnsupported},
		"unknown version":   {func(w *world) { w.repo("m", mod); w.git("m", "config", "core.repositoryformatversion", "2") }, vcs.ErrUnsupported},
		"reference files": {func(w *world) {
			w.repo("m", mod)
			w.extension("refStorage", "files")
			w.extension("worktreeConfig", "true")
		}, nil},
	} {
		w := newWorld(t)
		w.write("m/keep", "")
		test.make(w)
		r, err := vcs.Open(w.path("m"))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if err == nil {
			r.Close()
		}
	}
}

// extension writes the configuration by hand: git refuses what it does not know.
func (w *world) extension(key, value string) {
	w.t.Helper()
	w.write("m/.git/config", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\t"+key+" = "+value+"\n\tnoop = true\n")
}

func TestRemote(t *testing.T) {
	for name, test := range map[string]struct {
		config []string
		want   string
	}{
		"none":        {nil, ""},
		"origin":      {[]string{"remote.upstream.url=https://a.b/up", "remote.origin.url=https://user:canary@a.b/c.git", "remote.origin.url=https://a.b/second"}, "https://a.b/c"},
		"only one":    {[]string{"remote.upstream.url=git@a.b:c/d"}, "https://a.b/c/d"},
		"two others":  {[]string{"remote.x.url=https://a.b/x", "remote.y.url=https://a.b/y"}, ""},
		"odd refspec": {[]string{"remote.origin.url=https://a.b/c", "remote.origin.fetch=^refs/heads/x", "pack.window=10k"}, "https://a.b/c"},
		"local":       {[]string{"remote.origin.url=../other"}, ""},
	} {
		w := newWorld(t)
		w.repo("m", mod)
		for _, line := range test.config {
			key, value, _ := strings.Cut(line, "=")
			w.git("m", "config", "--add", key, value)
		}
		f := w.facts("m", vcs.Module{Path: mod})
		if f.Remote != test.want || f.Version == "" {
			t.Errorf("%s: %+v, want remote %q", name, f, test.want)
		}
	}
}

// TestParts: of a git folder that was copied in part, what is there is told.
func TestParts(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.git("m", "tag", "v1.2.3")
	w.commit("m", "second")
	w.git("m", "config", "remote.origin.url", "https://a.b/c")
	w.git("m", "pack-refs", "--all")
	whole := w.facts("m", vcs.Module{Path: mod})
	if whole.Time.IsZero() || whole.Version == "" {
		t.Fatalf("%+v", whole)
	}
	commit := filepath.Join(".git", "objects", whole.Revision[:2], whole.Revision[2:])
	for name, test := range map[string]struct {
		copied []string
		want   vcs.Facts
	}{
		"references": {[]string{".git/HEAD", ".git/packed-refs"}, vcs.Facts{Revision: whole.Revision}},
		"references and configuration": {
			[]string{".git/HEAD", ".git/packed-refs", ".git/config"}, vcs.Facts{Revision: whole.Revision, Remote: whole.Remote},
		},
		"commit too": {
			[]string{".git/HEAD", ".git/packed-refs", ".git/config", commit},
			vcs.Facts{Revision: whole.Revision, Remote: whole.Remote, Time: whole.Time},
		},
	} {
		for _, file := range test.copied {
			data, err := os.ReadFile(w.path("m", file))
			if err != nil {
				t.Fatal(err)
			}
			w.write(filepath.Join(name, file), string(data))
		}
		if diff := cmp.Diff(test.want, w.facts(name, vcs.Module{Path: mod})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if _, err := w.open(name).Modified(os.DirFS(w.path("m")), ""); !errors.Is(err, vcs.ErrIncomplete) {
			t.Errorf("%s: comparing: %v", name, err)
		}
	}
}

// TestBorrowedObjects: objects of another folder are not looked at, wherever the repository says they are.
func TestBorrowedObjects(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.git(".", "clone", "-q", "--shared", w.path("m"), "clone")
	f := w.facts("clone", vcs.Module{Path: mod})
	if f.Revision == "" || !f.Time.IsZero() || f.Version != "" {
		t.Errorf("%+v", f)
	}
}

// TestHostileFolder: links out of the git folder, and files that are none, are errors.
func TestHostileFolder(t *testing.T) {
	for name, change := range map[string]func(w *world) error{
		"link out": func(w *world) error { return os.Symlink(w.path("secret"), w.path("m/.git/refs/heads/main")) },
		"folder for HEAD": func(w *world) error {
			return errors.Join(os.Remove(w.path("m/.git/HEAD")), os.Mkdir(w.path("m/.git/HEAD"), 0o755))
		},
		"pipe":     func(w *world) error { return mkfifo(w.path("m/.git/refs/heads/main")) },
		"circle":   func(w *world) error { return os.WriteFile(w.path("m/.git/HEAD"), []byte("ref: HEAD\n"), 0o644) },
		"no hash":  func(w *world) error { return os.WriteFile(w.path("m/.git/HEAD"), []byte("x\n"), 0o644) },
		"path out": func(w *world) error { return os.WriteFile(w.path("m/.git/HEAD"), []byte("ref: ../../secret\n"), 0o644) },
		"huge": func(w *world) error {
			return errors.Join(os.WriteFile(w.path("m/.git/HEAD"), []byte("ref: x\n"), 0o644), os.Truncate(w.path("m/.git/HEAD"), 1<<30))
		},
	} {
		w := newWorld(t)
		w.repo("m", mod)
		w.write("secret", strings.Repeat("5", 40)+"\n")
		if err := os.Remove(w.path("m/.git/refs/heads/main")); err != nil {
			t.Fatal(err)
		}
		if err := change(w); err != nil {
			t.Fatal(err)
		}
		r, err := vcs.Open(w.path("m"))
		if errors.Is(err, vcs.ErrNoRepository) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if f, err := r.Facts(vcs.Module{Path: mod}); err == nil {
			t.Errorf("%s: no error, but %+v", name, f)
		}
		r.Close()
	}
}

// rawCommit is a commit object without its header.
func rawCommit(committer string) string {
	return "tree " + strings.Repeat("1", 40) + "\nparent " + strings.Repeat("2", 40) +
		"\nauthor A <a@example.com> 1 +0000\n" + committer + "\n\nmessage\n"
}

// TestFalseObjects: an object that is not what its name says is an error, and one that is larger than it says is not inflated.
func TestFalseObjects(t *testing.T) {
	for name, content := range map[string]func() []byte{
		"other commit": func() []byte {
			raw := rawCommit("committer C <c@example.com> 1 +0000")
			return fmt.Appendf(nil, "commit %d\x00%s", len(raw), raw)
		},
		"bomb":      func() []byte { return append([]byte("commit 100\x00"), make([]byte, 80<<20)...) },
		"cut short": func() []byte { return []byte("commit 100\x00tree ") },
		"no header": func() []byte { return []byte("x") },
	} {
		w := newWorld(t)
		w.repo("m", mod)
		head := w.facts("m", vcs.Module{}).Revision
		file := w.path("m/.git/objects", head[:2], head[2:])
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		if _, err := z.Write(content()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(z.Close(), os.Remove(file), os.WriteFile(file, packed.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
		if f, err := w.open("m").Facts(vcs.Module{Path: mod}); err == nil || !f.Time.IsZero() {
			t.Errorf("%s: %+v, error %v", name, f, err)
		}
	}
}

// TestReadsOnly: nothing is written, and no program of the configuration runs.
func TestReadsOnly(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
	w.write("m/main.go", "package main\n")
	w.git("m", "gc", "-q")
	if err := os.RemoveAll(w.path("m/.git/objects/info")); err != nil {
		t.Fatal(err)
	}
	reverse, err := filepath.Glob(w.path("m/.git/objects/pack/*.rev"))
	for _, name := range reverse { // written by newer versions of git
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		t.Fatal(err)
	}
	w.write("m/.gitattributes", "*.go filter=evil diff=evil\n")
	for _, key := range []string{"core.fsmonitor", "filter.evil.clean", "filter.evil.process", "core.sshCommand", "diff.external", "core.hooksPath"} {
		w.git("m", "config", key, "touch "+w.path("ran"))
	}
	w.git("m", "config", "include.path", w.path("include"))
	w.write("include", "[remote \"origin\"]\n\turl = https://a.b/included\n")

	before := w.snapshot("m")
	r := w.open("m")
	f, err := r.Facts(vcs.Module{Path: mod})
	if err != nil {
		t.Fatal(err)
	}
	if f.Remote != "" || f.Version != "v1.2.3" {
		t.Errorf("%+v", f)
	}
	changed, err := r.Modified(os.DirFS(w.path("m")), "")
	if err != nil || !slices.Contains(changed, "main.go") {
		t.Errorf("%v, %v", changed, err)
	}
	if diff := cmp.Diff(before, w.snapshot("m")); diff != "" {
		t.Errorf("the checkout has changed:\n%s", diff)
	}
	if _, err := os.Stat(w.path("ran")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a program ran: %v", err)
	}
}

// TestOtherOwner: what is said of a checkout does not depend on whose it is. Git refuses one of somebody else, whose programs it would run.
func TestOtherOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("root alone gives files away")
	}
	w := newWorld(t)
	w.repo("m", mod)
	want := w.facts("m", vcs.Module{Path: mod})
	err := filepath.WalkDir(w.path("m"), func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(name, 65534, 65534))
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w.facts("m", vcs.Module{Path: mod})); diff != "" {
		t.Error(diff)
	}
}

// snapshot tells name, size, mode and time of everything below dir.
func (w *world) snapshot(dir string) []string {
	w.t.Helper()
	var list []string
	err := filepath.WalkDir(w.path(dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		list = append(list, fmt.Sprint(name, info.Size(), info.Mode(), info.ModTime()))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}
