package step

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/vcs"
)

// TestCommitUncompared: of a clone that borrows its objects from another, which are not read, a commit that could not be
// compared only the revision is said.
func TestCommitUncompared(t *testing.T) {
	c := container{t: t}
	origin := lay(t, "-- go.mod --\nmodule m.example/m\n-- main.go --\npackage main\n")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, origin, "init", "-q")
	git(t, origin, "add", ".")
	git(t, origin, "commit", "-q", "-m", "first")
	git(t, origin, "clone", "-q", "--shared", origin, clone)
	git(t, clone, "remote", "set-url", "origin", "https://git.example/me/app.git")

	read := func(checkout string) (found vcs.Found) {
		dir := t.TempDir()
		req := request.VCS{Question: vcs.Question{Module: vcs.Module{Path: "m.example/m"}}, Parts: 1}
		c.run("vcs", req, in(checkout, request.Git), in(origin, filepath.Join(request.Source, "0")), out(dir, request.Out))
		if err := readJSON(filepath.Join(dir, request.CommitFile), &found); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := read(origin); found.Facts.Revision == "" || found.Problem != "" {
		t.Errorf("of a whole repository: %+v", found)
	}
	found := read(clone)
	if diff := cmp.Diff(vcs.Facts{Remote: "https://git.example/me/app", Revision: read(origin).Facts.Revision, Uncompared: true}, found.Facts); diff != "" || len(found.Changed) > 0 {
		t.Errorf("changed %q, facts (-want +got):\n%s", found.Changed, diff)
	}
	if !strings.Contains(found.Problem, "comparing the files with the commit") {
		t.Errorf("the problem is %q", found.Problem)
	}
}

// TestCommitInTime: a repository that takes too long is one of which nothing is known.
func TestCommitInTime(t *testing.T) {
	asked := make(chan vcs.Found)
	defer close(asked)
	if found := withinTime(time.Millisecond, func() vcs.Found { return <-asked }); !strings.Contains(found.Problem, "not read after 1ms") {
		t.Errorf("%+v", found)
	}
	want := vcs.Found{Facts: vcs.Facts{Revision: "x"}}
	if diff := cmp.Diff(want, withinTime(time.Minute, func() vcs.Found { return want })); diff != "" {
		t.Error(diff)
	}
}

// git runs it with nothing of this machine's settings.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, text)
	}
}
