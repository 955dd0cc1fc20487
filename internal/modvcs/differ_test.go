package modvcs_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
)

// world is what modules are developed in: hosts that cmd/go knows, and some that it asks.
func world(t *testing.T) (server *gittest.Server, versions map[string]module.Version) {
	t.Helper()
	s := gittest.New(t)
	v := map[string]module.Version{}
	add := func(name, path, version string) { v[name] = module.Version{Path: path, Version: version} }

	lib := s.Repo("github.com", "acme/lib")
	first := lib.Commit("-- go.mod --\nmodule github.com/acme/lib\n-- lib.go --\npackage lib\n-- LICENSE --\nas you like\n", "v1.0.0")
	lib.Git("tag", "-a", "v1.0.1", "-m", "annotated")
	middle := lib.Commit("-- lib.go --\npackage lib // more\n-- sub/go.mod --\nmodule github.com/acme/lib/sub\n-- sub/sub.go --\npackage sub\n", "sub/v0.1.0", "v1.1.0-rc.1")
	lib.Commit("-- sub/v3/go.mod --\nmodule github.com/acme/lib/sub/v3\n-- sub/v3/sub.go --\npackage sub\n-- sub/v3/LICENSE --\nown\n", "sub/v3.0.0")
	add("tag", "github.com/acme/lib", "v1.0.0")
	add("annotated tag", "github.com/acme/lib", "v1.0.1")
	add("prerelease", "github.com/acme/lib", "v1.1.0-rc.1")
	add("sub-folder, license of the root", "github.com/acme/lib/sub", "v0.1.0")
	add("sub-folder with a folder for its major version", "github.com/acme/lib/sub/v3", "v3.0.0")
	add("pseudo-version in the history", "github.com/acme/lib", lib.Pseudo("v1.0.2-0.", middle))
	add("pseudo-version of a tagged commit", "github.com/acme/lib", lib.Pseudo("v0.0.0-", first))
	add("pseudo-version of a sub-folder", "github.com/acme/lib/sub", lib.Pseudo("v0.1.1-0.", lib.Git("rev-parse", "HEAD")))
	add("no such tag", "github.com/acme/lib", "v1.9.9")
	add("no such commit", "github.com/acme/lib", "v0.0.0-20260102030405-0123456789ab")
	add("another time", "github.com/acme/lib", "v0.0.0-20200101000000-"+first[:12])
	add("no such folder", "github.com/acme/lib/none", "v1.0.0")
	add("no such repository", "github.com/acme/none", "v1.0.0")

	linked := s.Repo("github.com", "acme/linked")
	linked.Write("-- go.mod --\nmodule github.com/acme/linked\n-- terms --\nas you like\n-- sub/go.mod --\nmodule github.com/acme/linked/sub\n-- own/go.mod --\nmodule github.com/acme/linked/own\n")
	for link, to := range map[string]string{"LICENSE": "terms", "own/LICENSE": "../terms"} {
		if err := os.Symlink(to, filepath.Join(linked.Dir(), filepath.FromSlash(link))); err != nil {
			t.Fatal(err)
		}
	}
	linked.Commit("-- a.go --\npackage a\n", "v1.0.0", "sub/v1.0.0", "own/v1.0.0")
	add("license that is a link", "github.com/acme/linked", "v1.0.0")
	add("sub-folder, license of the root is a link", "github.com/acme/linked/sub", "v1.0.0")
	add("sub-folder, license of its own is a link", "github.com/acme/linked/own", "v1.0.0")

	old := s.Repo("github.com", "acme/old")
	old.Commit("-- old.go --\npackage old\n", "v1.0.0", "v2.0.0")
	add("before modules", "github.com/acme/old", "v1.0.0")
	add("incompatible", "github.com/acme/old", "v2.0.0+incompatible")

	two := s.Repo("github.com", "acme/two")
	two.Commit("-- go.mod --\nmodule github.com/acme/two\n-- two.go --\npackage two\n", "v1.0.0", "v3.0.0")
	two.Commit("-- go.mod --\nmodule github.com/acme/two/v2\n", "v2.0.0")
	add("major version on a branch", "github.com/acme/two/v2", "v2.0.0")
	add("major version that go.mod has not", "github.com/acme/two/v3", "v3.0.0")

	folder := s.Repo("github.com", "acme/folder")
	folder.Commit("-- go.mod --\nmodule github.com/acme/folder\n-- v2/go.mod --\nmodule github.com/acme/folder/v2\n-- v2/a.go --\npackage a\n-- a.go --\npackage a\n", "v1.5.0", "v2.5.0")
	add("major version in a folder", "github.com/acme/folder/v2", "v2.5.0")
	add("without the folder of the next", "github.com/acme/folder", "v1.5.0")

	odd := s.Repo("github.com", "Acme/Odd")
	odd.Write("-- go.mod --\nmodule github.com/Acme/Odd\n-- a.go --\npackage a // $Format:%H$\n-- private.txt --\nx\n-- .gitattributes --\nprivate.txt export-ignore\n*.go export-subst\n-- vendor/v/v.go --\npackage v\n-- vendor/modules.txt --\n# v\n-- inner/go.mod --\nmodule inner\n-- inner/i.go --\npackage i\n-- bin/run.sh --\n#!/bin/sh\n")
	if err := errors.Join(os.Symlink("a.go", filepath.Join(odd.Dir(), "link.go")), os.Chmod(filepath.Join(odd.Dir(), "bin/run.sh"), 0o755)); err != nil {
		t.Fatal(err)
	}
	odd.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", filepath.Join(s.Dir("github.com"), "acme/lib.git"), "third")
	odd.Commit("-- b.go --\npackage a\n", "v1.0.0")
	add("attributes for export, links, submodules, vendor, upper case", "github.com/Acme/Odd", "v1.0.0")

	moved := s.Repo("bitbucket.org", "acme/moved")
	then := moved.Commit("-- go.mod --\nmodule bitbucket.org/acme/moved\n")
	moved.Git("checkout", "--quiet", "-b", "feature")
	was := moved.Commit("-- f.go --\npackage f\n")
	moved.Git("push", "--quiet", "origin", "feature:renamed", ":feature")
	moved.Git("checkout", "--quiet", "main")
	moved.Commit("-- g.go --\npackage f\n")
	moved.Git("checkout", "--quiet", "-b", "pull")
	pull := moved.Git("commit-tree", "-p", then, "-m", "pull", then+"^{tree}")
	moved.Git("push", "--quiet", "origin", pull+":refs/pull/1/head")
	add("pseudo-version on a branch renamed since", "bitbucket.org/acme/moved", moved.Pseudo("v0.0.0-", was))
	add("pseudo-version of the first commit", "bitbucket.org/acme/moved", moved.Pseudo("v0.0.0-", then))
	add("commit of a pull request alone", "bitbucket.org/acme/moved", moved.Pseudo("v0.0.0-", pull))

	tool := s.Repo("git.corp.example", "x/tool")
	tool.Commit("-- go.mod --\nmodule corp.example/tool\n-- below/go.mod --\nmodule corp.example/tool/below\n-- below/b.go --\npackage b\n-- go/mod/go.mod --\nmodule go.corp.example/mod\n-- go/mod/m.go --\npackage m\n",
		"v1.0.0", "below/v1.0.0", "go/mod/v1.0.0")
	for _, page := range []string{"corp.example/tool", "corp.example/tool/below"} {
		s.Page(page, "corp.example/tool git https://git.corp.example/x/tool.git")
	}
	s.Page("go.corp.example/mod", "go.corp.example/mod git https://git.corp.example/x/tool go/mod")
	s.Page("corp.example/liar", "corp.example git https://git.corp.example/x/tool.git")
	s.Page("corp.example/hg", "corp.example/hg hg https://git.corp.example/x/tool")
	s.Page("corp.example/plain", "corp.example/plain git http://git.corp.example/x/tool")
	add("vanity host", "corp.example/tool", "v1.0.0")
	add("below a vanity host's prefix", "corp.example/tool/below", "v1.0.0")
	add("vanity host with a folder", "go.corp.example/mod", "v1.0.0")
	add("page that the prefix does not confirm", "corp.example/liar", "v1.0.0")
	add("unencrypted repository", "corp.example/plain", "v1.0.0")
	add("no page", "corp.example/none", "v1.0.0")

	full := s.Repo("git.corp.example", "x/full")
	full.Commit("-- go.mod --\nmodule corp.example/full/v2\n-- f.go --\npackage f\n", "v2.0.0")
	s.Page("corp.example/full/v2", "corp.example/full/v2 git https://git.corp.example/x/full")
	add("vanity host that names the major version", "corp.example/full/v2", "v2.0.0")

	group := s.Repo("gitlab.corp.example", "a/b/c/app")
	group.Commit("-- go.mod --\nmodule gitlab.corp.example/a/b/c/app\n-- sub/go.mod --\nmodule gitlab.corp.example/a/b/c/app/sub\n", "v0.3.0", "sub/v0.3.1")
	for _, page := range []string{"gitlab.corp.example/a/b/c/app", "gitlab.corp.example/a/b/c/app/sub"} {
		s.Page(page, "gitlab.corp.example/a/b/c/app git https://gitlab.corp.example/a/b/c/app.git")
	}
	add("sub-groups", "gitlab.corp.example/a/b/c/app", "v0.3.0")
	add("module below sub-groups", "gitlab.corp.example/a/b/c/app/sub", "v0.3.1")

	suffix := s.Repo("git.corp.example", "team/x")
	suffix.Commit("-- go.mod --\nmodule git.corp.example/team/x.git\n-- y/go.mod --\nmodule git.corp.example/team/x.git/y\n", "v1.0.0", "y/v1.0.0")
	add("path with .git", "git.corp.example/team/x.git", "v1.0.0")
	add("below a path with .git", "git.corp.example/team/x.git/y", "v1.0.0")

	gopkg := s.Repo("gopkg.in", "acme/yaml.v2")
	gopkg.Commit("-- go.mod --\nmodule gopkg.in/acme/yaml.v2\n-- y.go --\npackage yaml\n", "v2.1.0")
	s.Page("gopkg.in/acme/yaml.v2", "gopkg.in/acme/yaml.v2 git https://gopkg.in/acme/yaml.v2")
	add("gopkg.in", "gopkg.in/acme/yaml.v2", "v2.1.0")
	return s, v
}

// TestDownload holds what is fetched against `go mod download` with git, for each kind of path and version, byte for byte of go.mod and by
// the hash of the zip. Where cmd/go fails, it fails as well.
func TestDownload(t *testing.T) {
	s, versions := world(t)
	want := s.Download(slices.Collect(maps.Values(versions))...)
	o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client()}, Dir: t.TempDir()}
	worked := 0
	for name, m := range versions {
		t.Run(name, func(t *testing.T) {
			theirs, ok := want[m]
			if !ok {
				t.Fatalf("go mod download says nothing of %s", m)
			}
			dir := t.TempDir()
			var failed error
			for _, ext := range []string{".info", ".mod", ".zip"} {
				found, err := o.File(t.Context(), m, ext, filepath.Join(dir, "f"+ext))
				failed = errors.Join(failed, err)
				if err == nil && !strings.Contains(found.Source, "commit ") {
					t.Errorf("it is from %q", found.Source)
				}
			}
			if (failed != nil) != (theirs.Error != "") {
				t.Fatalf("%s: %v; cmd/go says %q", m, failed, theirs.Error)
			}
			if failed != nil {
				t.Logf("%v\ncmd/go: %s", failed, theirs.Error)
				return
			}
			worked++
			compareFiles(t, dir, theirs)
		})
	}
	if worked < 20 {
		t.Errorf("%d versions were compared, want 20", worked)
	}
}

func compareFiles(t *testing.T, dir string, theirs gittest.Downloaded) {
	t.Helper()
	sum, err := dirhash.HashZip(filepath.Join(dir, "f.zip"), dirhash.Hash1)
	if err != nil || sum != theirs.Sum {
		t.Errorf("the zip has the hash %s (%v), want %s", sum, err, theirs.Sum)
	}
	if got, want := readFile(t, filepath.Join(dir, "f.mod")), readFile(t, theirs.GoMod); got != want {
		t.Errorf("go.mod is %q, want %q", got, want)
	}
	type info struct{ Version, Time string }
	var got, want info
	if err := errors.Join(json.Unmarshal([]byte(readFile(t, filepath.Join(dir, "f.info"))), &got), json.Unmarshal([]byte(readFile(t, theirs.Info)), &want)); err != nil || got != want {
		t.Errorf("it is %v (%v), want %v", got, err, want)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}
