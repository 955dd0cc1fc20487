package vcs_test

import (
	"errors"
	"os"
	"path"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// TestCleanCheckouts: where git status says that a checkout is clean, nothing has changed, however git has written the files; and an
// edit of such a file is found.
func TestCleanCheckouts(t *testing.T) {
	const text, page = "one\ntwo\n", "m/web/static/page.txt"
	utf16le := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	for name, tc := range map[string]struct {
		attributes, content string
		config              map[string]string
		// global is what the user's configuration says of core.autocrlf.
		global string
		// without has the repository looked at as a build context shows it that leaves out its configuration.
		without bool
		// written is what git writes.
		written string
	}{
		"pattern with a slash":     {attributes: "web/** text eol=crlf\n", written: "one\r\ntwo\r\n"},
		"pattern from the root":    {attributes: "/web/static/*.txt text eol=crlf\n", written: "one\r\ntwo\r\n"},
		"last line wins":           {attributes: "*.txt -text\nweb/** text eol=crlf\n", written: "one\r\ntwo\r\n"},
		"macro":                    {attributes: "[attr]dos text eol=crlf\n*.txt dos\n", written: "one\r\ntwo\r\n"},
		"unspecified again":        {attributes: "* -text\n*.txt !text eol=crlf\n", written: "one\r\ntwo\r\n"},
		"ident":                    {attributes: "*.txt ident\n", content: "a $Id$ b\n", written: "Id: "},
		"ident and line ends":      {attributes: "*.txt ident text eol=crlf\n", content: "a $Id$ b\n", written: "$ b\r\n"},
		"encoding":                 {attributes: "*.txt text working-tree-encoding=UTF-16LE-BOM\n", content: utf16le(text), written: utf16le("one\n")},
		"autocrlf":                 {config: map[string]string{"core.autocrlf": "true"}, written: "one\r\ntwo\r\n"},
		"autocrlf of the user":     {global: "true", written: "one\r\ntwo\r\n"},
		"autocrlf nobody knows of": {global: "true", without: true, written: "one\r\ntwo\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.repo("m", mod)
			if tc.content == "" {
				tc.content = text
			}
			for key, value := range tc.config {
				w.git("m", "config", key, value)
			}
			as := func(args ...string) string {
				if tc.global != "" {
					args = append([]string{"-c", "core.autocrlf=" + tc.global, "-c", "core.safecrlf=false"}, args...)
				}
				return w.git("m", args...)
			}
			w.write("m/.gitattributes", tc.attributes)
			w.write(page, tc.content)
			as("add", "-A")
			as("commit", "-q", "-m", "second")
			w.remove(page)
			as("checkout", "-q", "--", ".")
			data, err := os.ReadFile(w.path(page))
			if err != nil || !strings.Contains(string(data), tc.written) {
				t.Fatalf("git wrote %q, %v", data, err)
			}
			if status := as("status", "--porcelain"); status != "" {
				t.Fatalf("git says that the checkout is not clean: %s", status)
			}
			if tc.without {
				w.remove("m/.git/config")
			}
			changed := func() []string {
				t.Helper()
				r := w.open("m")
				r.Adopt(vcs.ParseUser([]byte("[core]\nautocrlf = " + tc.global + "\n")))
				changed, err := r.Modified(os.DirFS(w.path("m")), "")
				if err != nil {
					t.Fatal(err)
				}
				return changed
			}
			if got := changed(); got != nil {
				t.Errorf("%q differ", got)
			}
			w.write(page, string(data)+string(data))
			if diff := cmp.Diff([]string{"web/static/page.txt"}, changed()); diff != "" {
				t.Errorf("an edit (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIgnored: git status passes over what git ignores, and so does the version; it is named all the same.
func TestIgnored(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.write("m/.gitignore", "dist/\n*.gen\n!keep.gen\n")
	w.write("m/web/.gitignore", "/out\n")
	w.commit("m", "second")
	w.git("m", "tag", "v1.2.3")
	w.write("m/.git/info/exclude", "local.txt\n")
	for _, name := range []string{"web/dist/index.html", "web/dist/keep.gen", "web/out/a", "x.gen", "local.txt", "sub/keep.gen", "sub/out/b"} {
		w.write("m/"+name, "x")
	}
	found := w.open("m").Inspect(vcs.Question{Module: vcs.Module{Path: mod}}, nil, os.DirFS(w.path("m")))
	if diff := cmp.Diff([]string{"local.txt", "web/dist/index.html", "web/dist/keep.gen", "web/out/a", "x.gen"}, found.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"sub/keep.gen", "sub/out/b"}, found.Changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	w.remove("m/sub")
	found = w.open("m").Inspect(vcs.Question{Module: vcs.Module{Path: mod}}, nil, os.DirFS(w.path("m")))
	if found.Facts.Modified || found.Facts.Version != "v1.2.3" {
		t.Errorf("got %+v", found.Facts)
	}
	_, warnings := found.Settle(vcs.Facts{})
	if len(warnings) != 1 || !strings.Contains(warnings[0], "are ignored by git") {
		t.Errorf("warnings are %q", warnings)
	}
}

// TestRulesBounded: files of rules that are too large, or too many, are said instead of read, whatever reads them.
func TestRulesBounded(t *testing.T) {
	large := strings.Repeat("a b\n", 1<<18) + "x"
	many := strings.Repeat("a b\n", 40_000)
	for name, tc := range map[string]struct {
		files map[string]string
		want  string
	}{
		"large attributes": {map[string]string{".gitattributes": large}, ".gitattributes is larger than 1 MiB"},
		"large ignores":    {map[string]string{".gitignore": large}, ".gitignore is larger than 1 MiB"},
		"large info":       {map[string]string{".git/info/attributes": large}, "info/attributes is larger than 1 MiB"},
		"large excludes":   {map[string]string{".git/info/exclude": large}, "info/exclude is larger than 1 MiB"},
		"in many folders": {map[string]string{"a/.gitattributes": many, "b/.gitattributes": many, "c/.gitattributes": many, "a/x": "1", "b/x": "1", "c/x": "1"},
			"more than 100000 lines"},
		"as many as may be": {map[string]string{"a/.gitattributes": many, "b/.gitignore": many, "a/x": "1", "b/x": "1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.repo("m", mod)
			for file, text := range tc.files {
				w.write("m/"+file, text)
			}
			w.commit("m", "second")
			for file := range tc.files {
				if path.Base(file) == "x" {
					w.write("m/"+file, "2")
				}
			}
			w.write("m/main.go", "package main\n\nfunc main() { _ = 0 }\n")
			w.write("m/new.txt", "")
			part := os.DirFS(w.path("m"))
			found := w.open("m").Inspect(vcs.Question{Module: vcs.Module{Path: mod}}, nil, part, part, part)
			if tc.want == "" && found.Problem != "" || !strings.Contains(found.Problem, tc.want) {
				t.Errorf("the problem is %q, want %q", found.Problem, tc.want)
			}
			if found.Facts.Revision == "" || (found.Facts.Version == "") != (tc.want != "") {
				t.Errorf("%+v", found.Facts)
			}
		})
	}
}

// TestInspectConfig: the configuration of a build counts where the commit has it.
func TestInspectConfig(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.write("m/build/modship.yaml", "main: .\n")
	w.commit("m", "second")
	for name, tc := range map[string]struct {
		config, content string
		want            []string
	}{
		"as committed":     {"build/modship.yaml", "main: .\n", nil},
		"edited":           {"build/modship.yaml", "main: .\nbuild: {tags: [x]}\n", []string{"modship.yaml"}},
		"not committed":    {"modship.yaml", "main: .\n", nil},
		"not in a file":    {"", "main: .\n", nil},
		"below a file":     {"go.mod/modship.yaml", "main: .\n", nil},
		"outside":          {"../modship.yaml", "main: .\n", nil},
		"a folder's place": {"build", "main: .\n", nil},
	} {
		found := w.open("m").Inspect(vcs.Question{Module: vcs.Module{Path: mod}, Config: tc.config}, []byte(tc.content))
		if diff := cmp.Diff(tc.want, found.Changed); diff != "" || found.Problem != "" {
			t.Errorf("%s: %s (-want +got):\n%s", name, found.Problem, diff)
		}
		if found.Facts.Modified != (tc.want != nil) || strings.HasSuffix(found.Facts.Version, "+dirty") != (tc.want != nil) {
			t.Errorf("%s: %+v", name, found.Facts)
		}
	}
}

// TestWithoutObjects: of a repository that came in part the revision is known, and that the rest is not.
func TestWithoutObjects(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.git("m", "remote", "add", "origin", "https://git.example/me/app.git")
	head := w.git("m", "rev-parse", "HEAD")
	w.remove("m/.git/objects")
	found := w.open("m").Inspect(vcs.Question{Module: vcs.Module{Path: mod}}, nil, os.DirFS(w.path("m")))
	if diff := cmp.Diff(vcs.Facts{Revision: head, Remote: "https://git.example/me/app", Uncompared: true}, found.Facts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(found.Problem, "git objects are missing") {
		t.Errorf("the problem is %q", found.Problem)
	}
}

// TestWithoutConfig: a build context leaves out the configuration, and still the same is said.
func TestWithoutConfig(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		for _, packed := range []bool{false, true} {
			w := newWorld(t)
			w.repo("m", mod, "--object-format="+format)
			w.git("m", "tag", "v1.2.3")
			if packed {
				w.git("m", "gc", "-q", "--prune=now")
			}
			want := w.facts("m", vcs.Module{Path: mod})
			w.remove("m/.git/config")
			if diff := cmp.Diff(want, w.facts("m", vcs.Module{Path: mod})); diff != "" || want.Version != "v1.2.3" {
				t.Errorf("%s, packed %v (-with +without):\n%s", format, packed, diff)
			}
		}
	}
	w := newWorld(t)
	w.write("m/.git/HEAD", "ref: refs/heads/.invalid\n")
	w.write("m/.git/refs/heads", "this repository uses the reftable format\n")
	if _, err := vcs.Open(w.path("m")); !errors.Is(err, vcs.ErrUnsupported) {
		t.Errorf("of a repository with a table of references: %v", err)
	}
}

// TestReduceConfig: a reduced configuration says the same of a repository as the whole one.
func TestReduceConfig(t *testing.T) {
	whole := "[core]\n\trepositoryformatversion = 1\n\tautocrlf = input\n\tsshCommand = x\n[extensions]\n\tobjectFormat = sha256\n\tpartialClone = https://u:p@x.example\n" +
		"[remote \"up\"]\n\turl = git@git.example:me/app.git\n[http]\n\textraHeader = secret\n"
	got, err := vcs.ReduceConfig([]byte(whole), vcs.User{"autocrlf": "false", "eol": "lf"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := vcs.ReduceConfig(got, nil)
	if err != nil || string(again) != string(got) {
		t.Errorf("%v: %s became %s", err, got, again)
	}
	for _, part := range []string{"autocrlf = input", "eol = lf", "objectFormat = sha256", "https://git.example/me/app", "repositoryformatversion = 1"} {
		if !strings.Contains(string(got), part) {
			t.Errorf("%q is missing in:\n%s", part, got)
		}
	}
	for _, part := range []string{"secret", "u:p", "ssh"} {
		if strings.Contains(string(got), part) {
			t.Errorf("%q is in:\n%s", part, got)
		}
	}
}

// TestInspectBase: of a context above the checkout, what is beside that is of no commit, and what is in it is compared.
func TestInspectBase(t *testing.T) {
	w := newWorld(t)
	w.repo("all/m", mod)
	w.git("all/m", "tag", "v1.2.3")
	w.write("all/lib/lib.go", "package lib\n")
	inspect := func() vcs.Found {
		return w.open("all/m").Inspect(vcs.Question{Module: vcs.Module{Path: mod, Dir: "."}, Prefix: ".", Base: "m"}, nil, os.DirFS(w.path("all")), os.DirFS(w.path("all/lib")))
	}
	if found := inspect(); found.Facts.Modified || found.Facts.Version != "v1.2.3" || found.Problem != "" {
		t.Errorf("got %+v", found)
	}
	w.write("all/m/more.go", "package main\n")
	if found := inspect(); !found.Facts.Modified || len(found.Changed) != 1 || found.Changed[0] != "more.go" {
		t.Errorf("after an edit: %+v", found)
	}
}
