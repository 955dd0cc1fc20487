package cli

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// TestFindRepository looks from every kind of checkout that git makes.
func TestFindRepository(t *testing.T) {
	top := t.TempDir()
	git := func(dir string, args ...string) {
		t.Helper()
		runGit(t, dir, args...)
	}
	library, main, tree := filepath.Join(top, "library"), filepath.Join(top, "main"), filepath.Join(top, "tree")
	for _, dir := range []string{library, main} {
		git(top, "init", "-q", dir)
		git(dir, "commit", "-q", "--allow-empty", "-m", "first")
	}
	git(main, "submodule", "--quiet", "add", library, "third_party/library")
	git(main, "worktree", "add", "-q", tree)
	for _, dir := range []string{main, tree} {
		if err := os.MkdirAll(filepath.Join(dir, "cmd/app"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	attrs := func(prefix, folder string) map[string]string {
		return map[string]string{vcs.OptionPrefix: prefix, vcs.OptionFolder: folder, vcs.OptionConfig: ""}
	}
	withSubmodule := attrs("third_party", "")
	withSubmodule[vcs.OptionSubmodules] = "library"
	for _, tt := range []struct {
		name, dir string
		want      map[string]string
	}{
		{"the root of a checkout", main, attrs(".", "")},
		{"no checkout", top, nil},
		{"a folder of a checkout", filepath.Join(main, "cmd/app"), attrs("cmd/app", "")},
		{"a folder with a submodule", filepath.Join(main, "third_party"), withSubmodule},
		{"a worktree", tree, attrs(".", "worktrees/tree")},
		{"a folder of a worktree", filepath.Join(tree, "cmd/app"), attrs("cmd/app", "worktrees/tree")},
		{"a submodule", filepath.Join(main, "third_party/library"), attrs(".", "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, problem := findRepository(asNamed(tt.dir), nil)
			if problem != "" {
				t.Fatal(problem)
			}
			if r == nil {
				r = &repository{}
			}
			if diff := cmp.Diff(tt.want, r.attrs); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.git == nil {
				return
			}
			// What the daemon gets tells what the checkout tells.
			sent := copyOf(t, r)
			repo, err := vcs.Place{Git: filepath.Join(sent, ".git"), Folder: r.attrs[vcs.OptionFolder]}.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer repo.Close()
			facts, err := repo.Facts(vcs.Module{})
			cmd := exec.Command("git", "rev-parse", "HEAD")
			cmd.Dir = tt.dir
			head, _ := cmd.Output()
			if err != nil || facts.Revision != strings.TrimSpace(string(head)) || facts.Time.IsZero() {
				t.Errorf("got %+v, %v, want revision %s", facts, err, head)
			}
		})
	}
}

// copyOf writes down everything that a daemon can get of a repository.
func copyOf(t *testing.T, r *repository) string {
	t.Helper()
	dir := t.TempDir()
	err := r.git.Walk(t.Context(), "", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, name)
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f, err := r.git.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		if int64(len(data)) != info.Size() {
			t.Errorf("%s has %d bytes, not the %d that are announced", name, len(data), info.Size())
		}
		return os.WriteFile(to, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGitCopy: of all the places of a git folder that may hold credentials none is sent, whatever the daemon asks for.
func TestGitCopy(t *testing.T) {
	const secret = "canary-51c6"
	top := t.TempDir()
	library, main := filepath.Join(top, "library"), filepath.Join(top, "main")
	for _, dir := range []string{library, main} {
		runGit(t, top, "init", "-q", dir)
		runGit(t, dir, "commit", "-q", "--allow-empty", "-m", "first")
	}
	runGit(t, main, "submodule", "--quiet", "add", library, "third_party/library")
	for _, dir := range []string{main, filepath.Join(main, "third_party/library")} {
		for key, value := range map[string]string{
			"http.https://github.com/.extraheader":              "AUTHORIZATION: basic " + secret,
			"remote.origin.url":                                 "https://user:" + secret + "@git.example/me/app.git",
			"remote.origin.pushurl":                             "https://user:" + secret + "@git.example/me/app.git",
			"credential.helper":                                 "!echo password=" + secret,
			"url.https://" + secret + "@git.example/.insteadOf": "https://git.example/",
			"http.proxy":                                        "http://u:" + secret + "@proxy.example",
			"core.sshCommand":                                   "ssh -i " + secret,
			"core.autocrlf":                                     "input",
			"user.name":                                         secret,
			"lfs.url":                                           "https://u:" + secret + "@git.example/lfs",
			"branch.x.remote":                                   "https://u:" + secret + "@git.example/x",
		} {
			runGit(t, dir, "config", key, value)
		}
	}
	for _, git := range []string{".git", ".git/modules/third_party/library"} {
		for _, name := range []string{"FETCH_HEAD", "config.worktree", "logs/HEAD", "hooks/pre-commit", "lfs/x", "credentials", "modules.bak/config"} {
			file := filepath.Join(main, git, name)
			if git != ".git" && (name == "credentials" || name == "modules.bak/config") {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(secret), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, problem := findRepository(asNamed(main), vcs.User{"autocrlf": "true", "eol": "crlf"})
	if r == nil {
		t.Fatal(problem)
	}
	files := 0
	sent := copyOf(t, r)
	if err := filepath.WalkDir(sent, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(name)
		if strings.Contains(string(data), secret) {
			t.Errorf("%s has the secret in it:\n%s", name, data)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if files < 8 {
		t.Errorf("only %d files were sent", files)
	}
	for _, name := range []string{".git/FETCH_HEAD", ".git/hooks/pre-commit", ".git/credentials", ".git/index"} {
		if f, err := r.git.Open(name); err == nil {
			f.Close()
			t.Errorf("%s can be had", name)
		}
	}
	config, err := os.ReadFile(filepath.Join(sent, ".git/config"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"https://git.example/me/app", "autocrlf = input", "eol = crlf"} {
		if !strings.Contains(string(config), want) {
			t.Errorf("the configuration lacks %q:\n%s", want, config)
		}
	}
}

// TestForeignRepository: a tree does not choose which repository of this machine is read.
func TestForeignRepository(t *testing.T) {
	top := t.TempDir()
	private, tree := filepath.Join(top, "private"), filepath.Join(top, "tree")
	runGit(t, top, "init", "-q", private)
	runGit(t, private, "commit", "-q", "--allow-empty", "-m", "first")
	if err := os.MkdirAll(filepath.Join(tree, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, point := range map[string]func(at string) error{
		"a file": func(at string) error { return os.WriteFile(at, []byte("gitdir: ../private/.git\n"), 0o644) },
		"a link": func(at string) error { return os.Symlink("../private/.git", at) },
	} {
		t.Run(name, func(t *testing.T) {
			at := filepath.Join(tree, ".git")
			if err := point(at); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(at)
			for _, dir := range []string{tree, filepath.Join(tree, "sub")} {
				r, problem := findRepository(asNamed(dir), nil)
				if r != nil || !strings.Contains(problem, "the git folder is not followed") {
					t.Errorf("got %v, %q", r, problem)
				}
			}
		})
	}
}

func runGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, text)
	}
}
