package vcs_test

import (
	"cmp"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

const mod = "example.com/m"

// situation is a checkout in which the go command is asked for its opinion. It begins with a repository m of one commit, which has
// the module root; a second commit adds the module in sub. Then git runs there, and make does the rest.
type situation struct {
	name string
	// root is the module path in m's go.mod, or none for a repository without a commit. Not set, it is path, and mod beside sub.
	root string
	// init are further arguments of git init.
	init []string
	// git are commands as world.run takes them.
	git  string
	make func(w *world)
	// dir is the checkout and sub the module's folder in it; "m" and "" if not set.
	dir, sub string
	// plain is a plain clone at the same commit where dir has a .git file: go 1.26 stamps nothing there (golang/go#58218).
	plain string
	// path is the module path; mod if not set.
	path string
	// version is a pattern of path.Match for what go stamps.
	version string
	changed []string
	// goDiffers marks where go looks at files that are no part of the build, or does not look at those that are.
	goDiffers bool
}

var situations = []situation{
	{name: "no tags", version: "v0.0.0-20240102033?05-????????????", make: func(w *world) {
		w.now = w.now.Add(1800e9)
		w.commit("m", "second")
	}},
	{name: "tag at HEAD", version: "v1.2.3", git: "tag v1.2.3"},
	{name: "annotated tag", version: "v1.2.3", git: "tag -a -m x v1.2.3"},
	{name: "annotated tag of an annotated tag", version: "v1.2.4", git: "tag -a -m x v1.2.3-rc.1; tag -a -m x v1.2.4 v1.2.3-rc.1"},
	{name: "tags at HEAD", version: "v1.10.0", git: "tag v1.9.0; tag v1.10.0; tag v1.10.0-rc.1; tag v1.11; tag 1.12.0; tag v2.0.0; tag latest;" +
		"tag sub/v1.20.0; tag v1.30.0-0.20240101000000-aaaaaaaaaaaa"},
	{name: "tag behind HEAD", version: "v1.2.4-0.2*", git: "tag v1.2.3; next"},
	{name: "highest tag is not the newest", version: "v1.5.1-0.2*", git: "tag v1.5.0; next; tag -a -m x v1.4.9; next"},
	{name: "highest tag is not reachable", version: "v1.2.4-0.2*",
		git: "tag v1.2.3; checkout -q -b other; next; tag v1.9.0; checkout -q main; next"},
	{name: "prerelease behind HEAD", version: "v1.3.0-rc.1.0.2*", git: "tag v1.3.0-rc.1; next"},
	{name: "prerelease at HEAD", version: "v1.3.0-rc.1", git: "tag v1.3.0-beta; tag v1.3.0-rc.1"},
	{name: "build metadata at HEAD", version: "v1.3.1-0.2*", git: "tag v1.3.0+meta"},
	{name: "tag of a tree", version: "v0.0.0-2*", git: "tag v1.0.0 HEAD^{tree}"},
	{name: "retracted tag", version: "v1.2.3", make: func(w *world) {
		w.write("m/go.mod", "module "+mod+"\n\ngo 1.24\n\nretract v1.2.3\n")
		w.run("m", "next; tag v1.2.3")
	}},
	{name: "merge commit", version: "v1.4.1-0.2*",
		git: "tag v1.2.3; checkout -q -b other; next; tag v1.4.0; checkout -q main; next; merge -q --no-ff -m merge other"},
	{name: "nested module", sub: "sub/dir", path: mod + "/sub/dir", version: "v1.3.0", git: "tag v1.9.0; tag sub/dir/v1.3.0"},
	{name: "nested module behind its tag", sub: "sub/dir", path: mod + "/sub/dir", version: "v1.3.1-0.2*",
		git: "tag sub/dir/v1.3.0; next; tag v1.9.0"},
	{name: "nested module without prefix tag", sub: "sub", path: mod + "/sub", version: "v0.0.0-2*", git: "tag v1.9.0"},
	{name: "nested module whose path does not fit its folder", sub: "cmd/tool", path: mod + "/tool", version: ""},
	{name: "nested module of another name", sub: "sub", path: "example.org/other", version: ""},
	{name: "no module at the root", root: none, sub: "sub", path: mod + "/sub", version: "", git: "tag sub/v1.0.0"},
	{name: "nested major version", sub: "sub/v2", path: mod + "/sub/v2", version: "v2.1.0", git: "tag sub/v2.1.0"},
	{name: "v2 in its own folder", sub: "v2", path: mod + "/v2", version: "v2.1.0", git: "tag v2.1.0; tag v1.5.0"},
	{name: "nested module below v2", root: mod + "/v2", sub: "sub", path: mod + "/sub/v2", version: "v2.1.0", git: "tag sub/v2.1.0"},
	{name: "v2", path: mod + "/v2", version: "v2.0.1", git: "tag v1.9.0; tag v2.0.1; tag v3.0.0"},
	{name: "v2 without tags", path: mod + "/v2", version: "v2.0.0-2*", git: "tag v1.9.0"},
	{name: "v2 behind its tag", path: mod + "/v2", version: "v2.3.1-0.2*", git: "tag v2.3.0; next"},
	{name: "v2 tag without suffix", version: "v1.1.1-0.2*", git: "tag v1.1.0; next; tag v2.0.0"},
	{name: "gopkg.in", path: "gopkg.in/m.v2", version: "", git: "tag v2.0.0"},
	{name: "comment behind the module path", root: mod + " // a comment", version: "", git: "tag v1.0.0"},
	{name: "quoted module path", root: `"` + mod + `"`, version: "v1.0.0", git: "tag v1.0.0"},
	{name: "go.mod is not committed", version: "v2.0.0+incompatible.dirty", changed: []string{"go.mod"},
		git: "rm -q --cached go.mod; commit -q -m second; tag v2.0.0"},
	{name: "incompatible behind HEAD", version: "v2.0.1-0.2*+incompatible.dirty", changed: []string{"go.mod"},
		git: "rm -q --cached go.mod; commit -q -m second; tag v2.0.0; commit -q --allow-empty -m third"},
	{name: "detached HEAD", version: "v1.2.3", git: "tag v1.2.3; next; checkout -q v1.2.3"},
	{name: "packed", version: "v1.2.4-0.2*", git: "tag -a -m x v1.2.3", make: func(w *world) {
		for range 5 {
			w.write("m/data", w.now.String())
			w.commit("m", "next")
		}
		w.run("m", "gc -q --aggressive --prune=now")
	}},
	{name: "packed reference below a loose one", version: "v1.2.3", git: "tag v1.2.3; pack-refs --all; next; tag -f v1.2.3"},
	{name: "shallow clone", dir: "clone", version: "v0.0.0-2*", git: "tag v1.2.3; next", make: func(w *world) { w.clone("--depth=1") }},
	{name: "shallow clone of a tag", dir: "clone", version: "v1.2.3", git: "next; tag -a -m x v1.2.3",
		make: func(w *world) { w.clone("--depth=1", "--branch=v1.2.3") }},
	{name: "shallow clone with an older tag beside it", dir: "clone", version: "v0.0.0-2*", git: "tag v1.2.3; next", make: func(w *world) {
		w.clone("--depth=1")
		w.run("clone", "fetch -q --depth=1 origin tag v1.2.3")
	}},
	{name: "shallow clone down to the tag", dir: "clone", version: "v1.2.4-0.2*", git: "next; tag v1.2.3; next",
		make: func(w *world) { w.clone("--depth=2") }},
	{name: "SHA-256", version: "v1.2.4-0.2*", init: []string{"--object-format=sha256"}, git: "tag -a -m x v1.2.3; next"},
	{name: "SHA-256, packed", version: "v1.2.4-0.2*", init: []string{"--object-format=sha256"}, git: "tag -a -m x v1.2.3; next; gc -q --prune=now"},
	{name: "worktree", dir: "tree", plain: "plain", version: "v1.2.4-0.2*", git: "tag v1.2.3; worktree add -q -b other ../tree", make: func(w *world) {
		w.commit("tree", "second")
		w.git(".", "clone", "-q", "--branch=other", w.path("m"), "plain")
	}},
	{name: "submodule as checkout", dir: "super/lib", plain: "m", version: "v1.2.3", git: "tag v1.2.3", make: func(w *world) {
		w.repo("super", "example.com/super")
		w.git("super", "submodule", "--quiet", "add", w.path("m"), "lib")
	}},
	{name: "submodule in the checkout", root: mod, dir: "super", path: "example.com/super", version: "v0.0.0-2*", make: func(w *world) {
		w.repo("super", "example.com/super")
		w.git("super", "submodule", "--quiet", "add", "--name", "the lib", w.path("m"), "third/lib")
		w.commit("super", "second")
	}},
	{name: "changed submodule in the checkout", root: mod, dir: "super", path: "example.com/super", version: "v0.0.0-2*+dirty",
		changed: []string{"third/lib/main.go", "third/lib/new.go"}, make: func(w *world) {
			w.repo("super", "example.com/super")
			w.git("super", "submodule", "--quiet", "add", w.path("m"), "third/lib")
			w.commit("super", "second")
			w.write("super/third/lib/main.go", "package main\n")
			w.write("super/third/lib/new.go", "package main\n")
		}},
	{name: "changed file", version: "v1.2.3+dirty", changed: []string{"main.go"}, git: "tag v1.2.3",
		make: func(w *world) { w.write("m/main.go", "package main\n\nfunc main() { _ = 0 }\n") }},
	{name: "staged file", version: "v1.2.3+dirty", changed: []string{"main.go"}, git: "tag v1.2.3", make: func(w *world) {
		w.write("m/main.go", "package main\n\nfunc main() { _ = 0 }\n")
		w.run("m", "add main.go")
	}},
	{name: "untracked files", version: "v1.2.4-0.2*+dirty", changed: []string{"a-b/x.go", "a/y.go", "new.go"}, git: "tag v1.2.3; next",
		make: func(w *world) {
			w.write("m/new.go", "package main\n")
			w.write("m/a/y.go", "package a\n")
			w.write("m/a-b/x.go", "package b\n")
		}},
	{name: "touched file", version: "v1.2.3", git: "tag v1.2.3",
		make: func(w *world) { w.write("m/main.go", "package main\n\nfunc main() {}\n") }},
	{name: "deleted file", version: "v1.2.3", goDiffers: true, make: func(w *world) {
		w.write("m/doc.go", "package main\n")
		w.run("m", "next; tag v1.2.3")
		w.remove("m/doc.go")
	}},
	{name: "executable bit", version: "v1.2.3", goDiffers: true, git: "tag v1.2.3", make: func(w *world) {
		if err := os.Chmod(w.path("m/main.go"), 0o755); err != nil {
			w.t.Fatal(err)
		}
	}},
	{name: "ignored file", version: "v1.2.3", make: func(w *world) {
		w.write("m/.gitignore", "generated.go\n")
		w.run("m", "next; tag v1.2.3")
		w.write("m/generated.go", "package main\n")
	}},
	{name: "link", version: "v1.2.3", make: func(w *world) {
		w.link("m/link", "main.go")
		w.run("m", "next; tag v1.2.3")
	}},
	{name: "types that changed", version: "v1.2.3+dirty", changed: []string{"file", "folder", "link", "other/x"}, make: func(w *world) {
		for _, name := range []string{"file", "folder/x", "link", "other"} {
			w.write("m/"+name, "main.go")
		}
		w.run("m", "next; tag v1.2.3")
		for _, name := range []string{"file", "folder", "link", "other"} {
			w.remove("m/" + name)
		}
		w.link("m/file", "else")
		w.write("m/folder", "x")
		w.link("m/link", "main.go")
		w.write("m/other/x", "x")
	}},
	{name: "no commits yet", root: none, version: "", changed: []string{"go.mod", "main.go"}, make: func(w *world) { w.module("m", mod) }},
	{name: "line ends by attribute", version: "v1.2.3", make: func(w *world) {
		w.write("m/.gitattributes", "* text=auto\n*.go text eol=crlf\n")
		w.run("m", "next; tag v1.2.3")
		w.checkoutCRLF("m/main.go")
	}},
	{name: "line ends by configuration", version: "v1.2.3", git: "tag v1.2.3; config core.autocrlf true",
		make: func(w *world) { w.checkoutCRLF("m/main.go") }},
	{name: "line ends that nothing allows", version: "v1.2.3+dirty", changed: []string{"main.go"}, make: func(w *world) {
		w.write("m/.gitattributes", "* text=auto\n*.go -text\n")
		w.run("m", "next; tag v1.2.3; config core.autocrlf true")
		w.write("m/main.go", "package main\r\n\r\nfunc main() {}\r\n")
	}},
}

// set makes the checkout.
func (s situation) set(w *world) {
	w.t.Helper()
	if s.root == "" && s.sub != "" {
		s.root = mod
	}
	if s.root == none {
		w.git(".", "init", "-q", "-b", "main", "m")
	} else {
		w.repo("m", cmp.Or(s.root, s.path), s.init...)
	}
	if s.sub != "" {
		w.module("m/"+s.sub, s.path)
		w.commit("m", "second")
	}
	if s.git != "" {
		w.run("m", s.git)
	}
	if s.make != nil {
		s.make(w)
	}
}

// none says that there is no module at the root of a repository.
const none = "none"

// run runs commands of git, separated by semicolons, in the folder dir; next stands for a commit of all that is there.
func (w *world) run(dir, commands string) {
	w.t.Helper()
	for command := range strings.SplitSeq(commands, ";") {
		if args := strings.Fields(command); slices.Equal(args, []string{"next"}) {
			w.commit(dir, "next")
		} else {
			w.git(dir, args...)
		}
	}
}

// clone clones m as git does over a network.
func (w *world) clone(flags ...string) {
	w.t.Helper()
	w.git(".", slices.Concat([]string{"clone", "-q"}, flags, []string{"file://" + w.path("m"), "clone"})...)
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.RemoveAll(w.path(name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) link(name, target string) {
	w.t.Helper()
	if err := os.Symlink(target, w.path(name)); err != nil {
		w.t.Fatal(err)
	}
}

// checkoutCRLF has git write the file name, which then has CRLF at the ends of lines.
func (w *world) checkoutCRLF(name string) {
	w.t.Helper()
	w.remove(name)
	w.git(path.Dir(name), "checkout", "-q", "--", path.Base(name))
	if data, err := os.ReadFile(w.path(name)); err != nil || !strings.Contains(string(data), "\r\n") {
		w.t.Fatalf("git wrote %q, %v", data, err)
	}
}

// TestAsGoDoes compares what the package says of a checkout with what the go command stamps there.
func TestAsGoDoes(t *testing.T) {
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s.dir, s.path = cmp.Or(s.dir, "m"), cmp.Or(s.path, mod)
			s.set(w)
			want := w.stamped(path.Join(cmp.Or(s.plain, s.dir), s.sub))
			if ok, err := path.Match(s.version, want.Version); err != nil || !ok && !s.goDiffers {
				t.Fatalf("go stamps version %q, and not %q: the table is wrong (%v)", want.Version, s.version, err)
			}

			r := w.open(s.dir)
			got, err := r.Facts(vcs.Module{Path: s.path, Dir: s.sub})
			if err != nil {
				t.Fatal(err)
			}
			changed, err := r.Modified(os.DirFS(w.path(s.dir)), "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(s.changed, changed); diff != "" {
				t.Errorf("changed files (-want +got):\n%s", diff)
			}
			if len(changed) > 0 {
				got = got.WithModified()
			}
			if s.goDiffers {
				if got.Modified == want.Modified {
					t.Errorf("go agrees with modified = %v: the table is wrong", got.Modified)
				}
				if ok, _ := path.Match(s.version, got.Version); !ok {
					t.Errorf("version %q, want %q", got.Version, s.version)
				}
				want.Modified, want.Version = got.Modified, got.Version
			}
			got.Remote = ""
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("facts (-go +vcs):\n%s", diff)
			}
		})
	}
}
