package buildcmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// TestFindRepository looks from every kind of checkout that git makes.
func TestFindRepository(t *testing.T) {
	top := t.TempDir()
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "protocol.file.allow=always"}, args...)...)
		cmd.Dir = dir
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
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
		return map[string]string{vcs.OptionPrefix: prefix, vcs.OptionFolder: folder}
	}
	for _, tt := range []struct {
		name, dir string
		want      *repository
	}{
		{"the root of a checkout", main, nil},
		{"no checkout", top, nil},
		{"a folder of a checkout", filepath.Join(main, "cmd/app"), &repository{root: main, attrs: attrs("cmd/app", "")}},
		{"a worktree", tree, &repository{root: main, attrs: attrs(".", "worktrees/tree")}},
		{"a folder of a worktree", filepath.Join(tree, "cmd/app"), &repository{root: main, attrs: attrs("cmd/app", "worktrees/tree")}},
		{"a submodule", filepath.Join(main, "third_party/library"), &repository{root: main, attrs: attrs(".", "modules/third_party/library")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, findRepository(tt.dir), cmp.AllowUnexported(repository{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
