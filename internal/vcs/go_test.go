package vcs_test

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

const mod = "example.com/m"

// situations are checkouts in which the go command is asked for its opinion.
var situations = []struct {
	name string
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
}{
	{name: "no tags", version: "v0.0.0-20240102033?05-????????????", make: func(w *world) {
		w.repo("m", mod)
		w.now = w.now.Add(1800e9)
		w.commit("m", "second")
	}},
	{name: "tag at HEAD", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
	}},
	{name: "annotated tag", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
	}},
	{name: "annotated tag of an annotated tag", version: "v1.2.4", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "-a", "-m", "x", "v1.2.3-rc.1")
		w.git("m", "tag", "-a", "-m", "x", "v1.2.4", "v1.2.3-rc.1")
	}},
	{name: "tags at HEAD", version: "v1.10.0", make: func(w *world) {
		w.repo("m", mod)
		for _, tag := range []string{"v1.9.0", "v1.10.0", "v1.10.0-rc.1", "v1.11", "1.12.0", "v2.0.0", "latest", "sub/v1.20.0", "v1.30.0-0.20240101000000-aaaaaaaaaaaa"} {
			w.git("m", "tag", tag)
		}
	}},
	{name: "tag behind HEAD", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.commit("m", "second")
	}},
	{name: "highest tag is not the newest", version: "v1.5.1-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.5.0")
		w.commit("m", "second")
		w.git("m", "tag", "-a", "-m", "x", "v1.4.9")
		w.commit("m", "third")
	}},
	{name: "highest tag is not reachable", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.git("m", "checkout", "-q", "-b", "other")
		w.commit("m", "other")
		w.git("m", "tag", "v1.9.0")
		w.git("m", "checkout", "-q", "main")
		w.commit("m", "second")
	}},
	{name: "prerelease behind HEAD", version: "v1.3.0-rc.1.0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.3.0-rc.1")
		w.commit("m", "second")
	}},
	{name: "prerelease at HEAD", version: "v1.3.0-rc.1", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.3.0-beta")
		w.git("m", "tag", "v1.3.0-rc.1")
	}},
	{name: "build metadata at HEAD", version: "v1.3.1-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.3.0+meta")
	}},
	{name: "tag of a tree", version: "v0.0.0-2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.0.0", "HEAD^{tree}")
	}},
	{name: "retracted tag", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.write("m/go.mod", "module "+mod+"\n\ngo 1.24\n\nretract v1.2.3\n")
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
	}},
	{name: "merge commit", version: "v1.4.1-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.git("m", "checkout", "-q", "-b", "other")
		w.commit("m", "other")
		w.git("m", "tag", "v1.4.0")
		w.git("m", "checkout", "-q", "main")
		w.commit("m", "second")
		w.git("m", "merge", "-q", "--no-ff", "-m", "merge", "other")
	}},
	{name: "nested module", sub: "sub/dir", path: mod + "/sub/dir", version: "v1.3.0", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/sub/dir", mod+"/sub/dir")
		w.commit("m", "second")
		w.git("m", "tag", "v1.9.0")
		w.git("m", "tag", "sub/dir/v1.3.0")
	}},
	{name: "nested module behind its tag", sub: "sub/dir", path: mod + "/sub/dir", version: "v1.3.1-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/sub/dir", mod+"/sub/dir")
		w.commit("m", "second")
		w.git("m", "tag", "sub/dir/v1.3.0")
		w.commit("m", "third")
		w.git("m", "tag", "v1.9.0")
	}},
	{name: "nested module without prefix tag", sub: "sub", path: mod + "/sub", version: "v0.0.0-2*", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/sub", mod+"/sub")
		w.commit("m", "second")
		w.git("m", "tag", "v1.9.0")
	}},
	{name: "nested module whose path does not fit its folder", sub: "cmd/tool", path: mod + "/tool", version: "", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/cmd/tool", mod+"/tool")
		w.commit("m", "second")
	}},
	{name: "nested module of another name", sub: "sub", path: "example.org/other", version: "", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/sub", "example.org/other")
		w.commit("m", "second")
	}},
	{name: "no module at the root", sub: "sub", path: mod + "/sub", version: "", make: func(w *world) {
		w.git(".", "init", "-q", "-b", "main", "m")
		w.module("m/sub", mod+"/sub")
		w.commit("m", "first")
		w.git("m", "tag", "sub/v1.0.0")
	}},
	{name: "nested major version", sub: "sub/v2", path: mod + "/sub/v2", version: "v2.1.0", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/sub/v2", mod+"/sub/v2")
		w.commit("m", "second")
		w.git("m", "tag", "sub/v2.1.0")
	}},
	{name: "v2 in its own folder", sub: "v2", path: mod + "/v2", version: "v2.1.0", make: func(w *world) {
		w.repo("m", mod)
		w.module("m/v2", mod+"/v2")
		w.commit("m", "second")
		w.git("m", "tag", "v2.1.0")
		w.git("m", "tag", "v1.5.0")
	}},
	{name: "nested module below v2", sub: "sub", path: mod + "/sub/v2", version: "v2.1.0", make: func(w *world) {
		w.repo("m", mod+"/v2")
		w.module("m/sub", mod+"/sub/v2")
		w.commit("m", "second")
		w.git("m", "tag", "sub/v2.1.0")
	}},
	{name: "v2", path: mod + "/v2", version: "v2.0.1", make: func(w *world) {
		w.repo("m", mod+"/v2")
		w.git("m", "tag", "v1.9.0")
		w.git("m", "tag", "v2.0.1")
		w.git("m", "tag", "v3.0.0")
	}},
	{name: "v2 without tags", path: mod + "/v2", version: "v2.0.0-2*", make: func(w *world) {
		w.repo("m", mod+"/v2")
		w.git("m", "tag", "v1.9.0")
	}},
	{name: "v2 behind its tag", path: mod + "/v2", version: "v2.3.1-0.2*", make: func(w *world) {
		w.repo("m", mod+"/v2")
		w.git("m", "tag", "v2.3.0")
		w.commit("m", "second")
	}},
	{name: "v2 tag without suffix", version: "v1.1.1-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.1.0")
		w.commit("m", "second")
		w.git("m", "tag", "v2.0.0")
	}},
	{name: "gopkg.in", path: "gopkg.in/m.v2", version: "", make: func(w *world) {
		w.repo("m", "gopkg.in/m.v2")
		w.git("m", "tag", "v2.0.0")
	}},
	{name: "comment behind the module path", version: "", make: func(w *world) {
		w.repo("m", mod+" // a comment")
		w.git("m", "tag", "v1.0.0")
	}},
	{name: "quoted module path", version: "v1.0.0", make: func(w *world) {
		w.repo("m", `"`+mod+`"`)
		w.git("m", "tag", "v1.0.0")
	}},
	{name: "go.mod is not committed", version: "v2.0.0+incompatible.dirty", changed: []string{"go.mod"}, make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "rm", "-q", "--cached", "go.mod")
		w.git("m", "commit", "-q", "-m", "second")
		w.git("m", "tag", "v2.0.0")
	}},
	{name: "incompatible behind HEAD", version: "v2.0.1-0.2*+incompatible.dirty", changed: []string{"go.mod"}, make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "rm", "-q", "--cached", "go.mod")
		w.git("m", "commit", "-q", "-m", "second")
		w.git("m", "tag", "v2.0.0")
		w.git("m", "commit", "-q", "--allow-empty", "-m", "third")
	}},
	{name: "detached HEAD", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.commit("m", "second")
		w.git("m", "checkout", "-q", "v1.2.3")
	}},
	{name: "packed", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
		for range 5 {
			w.write("m/data", w.now.String())
			w.commit("m", "next")
		}
		w.git("m", "gc", "-q", "--aggressive", "--prune=now")
	}},
	{name: "packed reference below a loose one", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.git("m", "pack-refs", "--all")
		w.commit("m", "second")
		w.git("m", "tag", "-f", "v1.2.3")
	}},
	{name: "shallow clone", dir: "clone", version: "v0.0.0-2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.commit("m", "second")
		w.git(".", "clone", "-q", "--depth=1", "file://"+w.path("m"), "clone")
	}},
	{name: "shallow clone of a tag", dir: "clone", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.commit("m", "second")
		w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
		w.git(".", "clone", "-q", "--depth=1", "--branch=v1.2.3", "file://"+w.path("m"), "clone")
	}},
	{name: "shallow clone with an older tag beside it", dir: "clone", version: "v0.0.0-2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.commit("m", "second")
		w.git(".", "clone", "-q", "--depth=1", "file://"+w.path("m"), "clone")
		w.git("clone", "fetch", "-q", "--depth=1", "origin", "tag", "v1.2.3")
	}},
	{name: "shallow clone down to the tag", dir: "clone", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
		w.commit("m", "third")
		w.git(".", "clone", "-q", "--depth=2", "file://"+w.path("m"), "clone")
	}},
	{name: "SHA-256", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod, "--object-format=sha256")
		w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
		w.commit("m", "second")
	}},
	{name: "SHA-256, packed", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod, "--object-format=sha256")
		w.git("m", "tag", "-a", "-m", "x", "v1.2.3")
		w.commit("m", "second")
		w.git("m", "gc", "-q", "--prune=now")
	}},
	{name: "worktree", dir: "tree", plain: "plain", version: "v1.2.4-0.2*", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.git("m", "worktree", "add", "-q", "-b", "other", w.path("tree"))
		w.commit("tree", "second")
		w.git(".", "clone", "-q", "--branch=other", w.path("m"), "plain")
	}},
	{name: "submodule as checkout", dir: "super/lib", plain: "m", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.repo("super", "example.com/super")
		w.git("super", "submodule", "--quiet", "add", w.path("m"), "lib")
	}},
	{name: "submodule in the checkout", dir: "super", path: "example.com/super", version: "v0.0.0-2*", make: func(w *world) {
		w.repo("m", mod)
		w.repo("super", "example.com/super")
		w.git("super", "submodule", "--quiet", "add", "--name", "the lib", w.path("m"), "third/lib")
		w.commit("super", "second")
	}},
	{name: "changed submodule in the checkout", dir: "super", path: "example.com/super", version: "v0.0.0-2*+dirty",
		changed: []string{"third/lib/main.go", "third/lib/new.go"}, make: func(w *world) {
			w.repo("m", mod)
			w.repo("super", "example.com/super")
			w.git("super", "submodule", "--quiet", "add", w.path("m"), "third/lib")
			w.commit("super", "second")
			w.write("super/third/lib/main.go", "package main\n")
			w.write("super/third/lib/new.go", "package main\n")
		}},
	{name: "changed file", version: "v1.2.3+dirty", changed: []string{"main.go"}, make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.write("m/main.go", "package main\n\nfunc main() { _ = 0 }\n")
	}},
	{name: "staged file", version: "v1.2.3+dirty", changed: []string{"main.go"}, make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.write("m/main.go", "package main\n\nfunc main() { _ = 0 }\n")
		w.git("m", "add", "main.go")
	}},
	{name: "untracked files", version: "v1.2.4-0.2*+dirty", changed: []string{"a-b/x.go", "a/y.go", "new.go"}, make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.commit("m", "second")
		w.write("m/new.go", "package main\n")
		w.write("m/a/y.go", "package a\n")
		w.write("m/a-b/x.go", "package b\n")
	}},
	{name: "touched file", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.write("m/main.go", "package main\n\nfunc main() {}\n")
	}},
	{name: "deleted file", version: "v1.2.3", goDiffers: true, make: func(w *world) {
		w.repo("m", mod)
		w.write("m/doc.go", "package main\n")
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
		if err := os.Remove(w.path("m/doc.go")); err != nil {
			w.t.Fatal(err)
		}
	}},
	{name: "executable bit", version: "v1.2.3", goDiffers: true, make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		if err := os.Chmod(w.path("m/main.go"), 0o755); err != nil {
			w.t.Fatal(err)
		}
	}},
	{name: "ignored file", version: "v1.2.3+dirty", goDiffers: true, changed: []string{"generated.go"}, make: func(w *world) {
		w.repo("m", mod)
		w.write("m/.gitignore", "generated.go\n")
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
		w.write("m/generated.go", "package main\n")
	}},
	{name: "link", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.link("m/link", "main.go")
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
	}},
	{name: "types that changed", version: "v1.2.3+dirty", changed: []string{"file", "folder", "link", "other/x"}, make: func(w *world) {
		w.repo("m", mod)
		for _, name := range []string{"file", "folder/x", "link", "other"} {
			w.write("m/"+name, "main.go")
		}
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
		for _, name := range []string{"file", "folder", "link", "other"} {
			if err := os.RemoveAll(w.path("m", name)); err != nil {
				w.t.Fatal(err)
			}
		}
		w.link("m/file", "else")
		w.write("m/folder", "x")
		w.link("m/link", "main.go")
		w.write("m/other/x", "x")
	}},
	{name: "no commits yet", version: "", changed: []string{"go.mod", "main.go"}, make: func(w *world) {
		w.git(".", "init", "-q", "m")
		w.module("m", mod)
	}},
	{name: "line ends by attribute", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.write("m/.gitattributes", "* text=auto\n*.go text eol=crlf\n")
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
		w.checkoutCRLF("m/main.go")
	}},
	{name: "line ends by configuration", version: "v1.2.3", make: func(w *world) {
		w.repo("m", mod)
		w.git("m", "tag", "v1.2.3")
		w.git("m", "config", "core.autocrlf", "true")
		w.checkoutCRLF("m/main.go")
	}},
	{name: "line ends that nothing allows", version: "v1.2.3+dirty", changed: []string{"main.go"}, make: func(w *world) {
		w.repo("m", mod)
		w.write("m/.gitattributes", "* text=auto\n*.go -text\n")
		w.commit("m", "second")
		w.git("m", "tag", "v1.2.3")
		w.git("m", "config", "core.autocrlf", "true")
		w.write("m/main.go", "package main\r\n\r\nfunc main() {}\r\n")
	}},
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
	if err := os.Remove(w.path(name)); err != nil {
		w.t.Fatal(err)
	}
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
			s.make(w)
			if s.dir == "" {
				s.dir = "m"
			}
			if s.path == "" {
				s.path = mod
			}
			asked := s.dir
			if s.plain != "" {
				asked = s.plain
			}
			want := w.stamped(path.Join(asked, s.sub))
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
			if diff := cmp.Diff(s.changed, changed); diff != "" {
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
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("facts (-go +vcs):\n%s", diff)
			}
		})
	}
}
