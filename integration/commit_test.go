//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckouts builds the same commit from repositories of every kind. Programs and labels say of it what `go build` says
// there, and where the files are the same the images are.
func TestCheckouts(t *testing.T) {
	t.Parallel()
	setUp(t)
	origin := newCheckout(t, "")
	reference := client.build(t, build{dir: origin})
	all := headFacts(t, origin)
	want := commitFacts{Version: stampTag, Revision: git(t, origin, "rev-parse", "HEAD"), Time: stampTime, Modified: "false", Source: stampSource}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Fatalf("go and git say of the checkout (-want +got):\n%s", diff)
	}
	same := digestOf(t, reference)
	for _, kind := range checkoutKinds {
		t.Run(kind.name, func(t *testing.T) {
			dir := kind.make(t, origin)
			eachMode(t, func(t *testing.T, m mode) {
				if m.name == syntax.name && kind.know == nil {
					needFull(t) // it knows what the client does
				}
				r := m.build(t, build{dir: dir})
				known := all
				if kind.own {
					known = headFacts(t, dir)
				}
				if kind.know != nil {
					known = kind.know(m, known)
				}
				checkFacts(t, r, known)
				if m.name == client.name {
					annotateAgrees(t, dir, r)
				}
				if got := digestOf(t, r); known == all && got != same {
					t.Errorf("the image is %s, want %s as from the first checkout", got, same)
				}
			})
		})
	}
}

// checkFacts compares the only image and its program with what is known.
func checkFacts(t *testing.T, r result, want commitFacts) {
	t.Helper()
	program, labels := want, want
	program.Source, labels.Modified = "", "" // these have no place there
	if diff := cmp.Diff(program, programFacts(t, r)); diff != "" {
		t.Errorf("go version -m (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(labels, labelFacts(t, r)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if t.Failed() {
		t.Logf("log:\n%s", r.log)
	}
}

// checkoutKind is a way in which people have a commit on their disk.
type checkoutKind struct {
	name string
	make func(t *testing.T, origin string) string
	// own says that the commit is another one. Of the same, cmd/go of Go 1.26 knows less where .git is a file.
	own bool
	// know gives what can be known if that is less than git knows.
	know func(m mode, all commitFacts) commitFacts
}

var checkoutKinds = []checkoutKind{
	{name: "branch", make: copied},
	{name: "detached HEAD", make: func(t *testing.T, origin string) string {
		dir := copied(t, origin)
		git(t, dir, "checkout", "-q", "--detach")
		return dir
	}},
	{name: "packed", make: func(t *testing.T, origin string) string {
		dir := copied(t, origin)
		git(t, dir, "pack-refs", "--all")
		git(t, dir, "gc", "-q", "--aggressive")
		if _, err := os.Stat(filepath.Join(dir, ".git/refs/tags", stampTag)); err == nil {
			t.Fatal("the tag is not packed")
		}
		return dir
	}},
	{name: "shallow clone", make: func(t *testing.T, origin string) string {
		dir := filepath.Join(t.TempDir(), "clone")
		git(t, origin, "clone", "-q", "--depth", "1", "file://"+origin, dir)
		git(t, dir, "remote", "set-url", "origin", stampRemote)
		if _, err := os.Stat(filepath.Join(dir, ".git/shallow")); err != nil {
			edit(t, dir, ".git/shallow", git(t, dir, "rev-parse", "HEAD")+"\n") // one commit is all there is
		}
		return dir
	}},
	{name: "worktree", know: linkedOnly, make: func(t *testing.T, origin string) string {
		dir := filepath.Join(t.TempDir(), "tree")
		git(t, copied(t, origin), "worktree", "add", "-q", "--detach", dir, stampTag)
		return dir
	}},
	{name: "submodule", know: linkedOnly, make: func(t *testing.T, origin string) string {
		super := t.TempDir()
		git(t, super, "init", "-q", "-b", "main")
		git(t, super, "submodule", "--quiet", "add", "file://"+origin, "stamp")
		dir := filepath.Join(super, "stamp")
		git(t, dir, "remote", "set-url", "origin", stampRemote)
		return dir
	}},
	{name: "folder of a repository", own: true, know: linkedOnly, make: func(t *testing.T, origin string) string {
		root := t.TempDir()
		dir := filepath.Join(root, "tools", "stamp")
		copyDir(t, origin, dir)
		if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
			t.Fatal(err)
		}
		initCheckout(t, root) // its tag is of another module than the one in the folder
		git(t, root, "tag", "tools/stamp/v0.9.0")
		return dir
	}},
	{name: "SHA-256", own: true, make: func(t *testing.T, origin string) string {
		dir := copied(t, origin)
		if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
			t.Fatal(err)
		}
		initCheckout(t, dir, "--object-format=sha256")
		return dir
	}},
	{name: "ignored", own: true, know: linkedOnly, make: func(t *testing.T, origin string) string {
		dir := copied(t, origin)
		edit(t, dir, ".dockerignore", ".git\n")
		commitAll(t, dir, "ignore")
		return dir
	}},
	{name: "ignored but for references", own: true, know: linkedOnly, make: func(t *testing.T, origin string) string {
		dir := copied(t, origin)
		edit(t, dir, ".dockerignore", ".git\n!.git/HEAD\n!.git/config\n!.git/refs\n")
		commitAll(t, dir, "ignore")
		return dir
	}},
	{name: "no repository", know: nothing, make: func(t *testing.T, origin string) string {
		dir := copied(t, origin)
		if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
			t.Fatal(err)
		}
		return dir
	}},
}

func copied(t *testing.T, origin string) string {
	t.Helper()
	dir := t.TempDir()
	copyDir(t, origin, dir)
	return dir
}

// linkedOnly is for a context without the git folder in it: `modship build` reads that where it is, and buildx tells no more than
// two facts.
func linkedOnly(m mode, all commitFacts) commitFacts {
	if m.name == client.name {
		return all
	}
	return commitFacts{Revision: all.Revision, Modified: "false", Source: all.Source}
}

func nothing(mode, commitFacts) commitFacts { return commitFacts{} }
