package frontend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/subrequests/lint"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/vcs"
)

// withSubmodule is a module in a checkout that lists a submodule.
const withSubmodule = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO
-- modship.yaml --
# syntax=modship
-- third_party/other/README --
-- .gitmodules --
[submodule "the page"]
	path = third_party/page
	url = ../page.git
[submodule "fetched"]
	path = third_party/other
	url = ../other.git
[submodule "elsewhere"]
	path = ../../etc
	url = x
`

const fetchIt = "it is in third_party/page, a submodule of git that is not fetched: run `git submodule update --init --recursive` in the checkout, or give actions/checkout `submodules: recursive`"

// TestSubmodules: what is missing because nobody fetched a submodule is said at the line that needs it, with what to do; what is missing from
// one that was fetched is no less missing.
func TestSubmodules(t *testing.T) {
	for name, test := range map[string]struct{ files, want string }{
		"import": {"-- main.go --\npackage main\n\nimport _ \"example.com/hello/third_party/page/code\"\n\nfunc main() {}\n",
			"main.go:3:8: package example.com/hello/third_party/page/code is not in module example.com/hello: there are no Go files in third_party/page/code; " + fetchIt},
		"embed of a folder above": {"-- main.go --\npackage main\n\nimport \"embed\"\n\n//go:embed third_party/*\nvar page embed.FS\n\nfunc main() { println(page) }\n",
			"main.go:5:12: pattern third_party/*: cannot embed directory third_party/page: contains no embeddable files; " + fetchIt},
		"replace": {"-- go.mod --\nmodule example.com/hello\n\ngo 1.26\n\ntoolchain $GO\n\nrequire example.com/page v0.0.0\n\nreplace example.com/page => ./third_party/page\n-- main.go --\npackage main\n\nimport _ \"example.com/page\"\n\nfunc main() {}\n",
			"go.mod:9:1: replacement directory ./third_party/page has no go.mod in the context; " + fetchIt},
		"workspace": {"-- go.work --\ngo 1.26\n\nuse (\n\t.\n\t./third_party/page\n)\n-- main.go --\npackage main\n\nfunc main() {}\n",
			"go.work:5:2: used directory ./third_party/page has no go.mod in the context; " + fetchIt},
		"main": {"-- modship.yaml --\n# syntax=modship\nmain: ./third_party/page/cmd\n-- main.go --\npackage main\n\nfunc main() {}\n",
			"modship.yaml:2:7: no main package \"./third_party/page/cmd\""},
		"image.files": {"-- modship.yaml --\n# syntax=modship\nimage: {files: [{from: third_party/page/dist, to: /srv}]}\n-- main.go --\npackage main\n\nfunc main() {}\n",
			"modship.yaml:2:24: the context has no \"third_party/page/dist\"; " + fetchIt},
	} {
		t.Run(name, func(t *testing.T) {
			begun := func(files string) error {
				c := newClient(t, withSubmodule+files)
				for _, f := range txtar.Parse([]byte(test.files)).Files {
					text := strings.ReplaceAll(string(f.Data), "$GO", goVersion)
					if err := os.WriteFile(filepath.Join(c.Locals["context"], f.Name), []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.MkdirAll(filepath.Join(c.Locals["context"], "third_party/page"), 0o755); err != nil {
					t.Fatal(err)
				}
				_, err := FromClient(t.Context(), c)
				return err
			}
			if err := begun(""); err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasSuffix(err.Error(), fetchIt) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
			if name != "import" {
				return
			}
			if err := begun("-- third_party/page/README --\n"); err == nil || strings.Contains(err.Error(), "submodule") {
				t.Errorf("with a file in it: %v", err)
			}
		})
	}
}

// TestSubmoduleAbove: where the list of submodules is above the context, the client says what it names of that.
func TestSubmoduleAbove(t *testing.T) {
	c := newClient(t, strings.Replace(hello, "func main() ", "import _ \"example.com/hello/third_party/page/code\"\n\nfunc main() ", 1))
	c.Locals[vcs.Local] = t.TempDir()
	c.Options[vcs.OptionPrefix], c.Options[vcs.OptionSubmodules] = "services/a", "other\nthird_party/page"
	_, err := FromClient(t.Context(), c)
	if err == nil || !strings.HasSuffix(err.Error(), fetchIt) {
		t.Errorf("got %v", err)
	}
	var checked lint.LintResults
	ask(t, c, "lint", &checked)
	if w := checked.Warnings; len(w) != 1 || !strings.HasSuffix(w[0].Detail, fetchIt) {
		t.Errorf("the check says %+v", w)
	}
}

// TestSubmoduleIgnored: where an ignore file hides the submodule, that is what is said.
func TestSubmoduleIgnored(t *testing.T) {
	c := newClient(t, withSubmodule+"-- .dockerignore --\nthird_party\n-- main.go --\npackage main\n\nimport _ \"example.com/hello/third_party/page/code\"\n\nfunc main() {}\n")
	_, err := FromClient(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), `the line "third_party" of .dockerignore leaves third_party/page/code out`) {
		t.Errorf("got %v", err)
	}
}

// TestSubmoduleOfHeader: where compilers look for a header is for them to know, so a submodule is only what may be the reason.
func TestSubmoduleOfHeader(t *testing.T) {
	for msg, want := range map[string]string{
		"page.h: No such file or directory": "it may be in",
		"'page.h' file not found":           "it may be in",
		"unknown type name 'version'":       "",
	} {
		list := submoduleMistakes(&diag.Error{Msg: msg})
		got := ""
		if len(list) == 1 {
			got = isMissingIn(list[0], "third_party/page")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", msg, got, want)
		}
	}
}

// pointer is a file whose content Git LFS has not fetched.
const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

// TestPointersAtDirectives: a pointer of Git LFS that the program embeds is said at the directive that embeds it.
func TestPointersAtDirectives(t *testing.T) {
	c := newClient(t, hello+"-- page.go --\npackage main\n\nimport \"embed\"\n\n//go:embed web\nvar page embed.FS\n-- web/logo.png --\n"+pointer)
	mustBuild(t, c)
	got := c.Warnings()
	if len(got) != 1 || !strings.Contains(got[0].Text, "web/logo.png: "+gofiles.LFSProblem) {
		t.Fatalf("the warnings are %+v", got)
	}
	w := got[0]
	if w.SourceInfo.GetFilename() != "page.go" || len(w.Range) != 1 || w.Range[0].Start.Line != 5 || w.Range[0].Start.Character != 11 {
		t.Errorf("it is said at %v %v", w.SourceInfo, w.Range)
	}
	if !strings.Contains(string(w.Detail[0]), "git lfs pull") || !strings.Contains(string(w.Detail[0]), "lfs: true") {
		t.Errorf("what to do: %s", w.Detail)
	}
}

// TestPointersAmongModuleFiles: of a go.mod or a go.sum that is a pointer, that is said, and not what a parser makes of it.
func TestPointersAmongModuleFiles(t *testing.T) {
	for _, name := range []string{"go.mod", "go.sum"} {
		c := newClient(t, hello)
		if err := os.WriteFile(filepath.Join(c.Locals["context"], name), []byte(pointer), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := FromClient(t.Context(), c)
		if want := name + ":1:1: " + gofiles.LFSProblem + "; " + gofiles.LFSHelp; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestPointerOfHeader: what compilers make of the words of a pointer is said as what it is, once.
func TestPointerOfHeader(t *testing.T) {
	b := &builder{files: &files{}}
	b.files.add("inc/page.h", "C", []byte(pointer), nil)
	b.files.add("inc/other.h", "C", []byte("int x\n"), nil)
	place := func(name string, line int) diag.Range { return at(name, line, 1, line, 1) }
	got := b.mistakes(t.Context(), &request.Failure{Mistakes: []request.Mistake{
		{Range: place("inc/page.h", 1), Msg: "unknown type name 'version'"}, {Range: place("inc/page.h", 2), Msg: "expected ';'"}, {Range: place("inc/other.h", 2), Msg: "expected ';'"},
	}}, "[compile] x")
	if len(got) != 2 || got[0].Error() != "inc/page.h:1:1: "+gofiles.LFSProblem+"; "+gofiles.LFSHelp || got[1].Msg != "expected ';'" {
		t.Errorf("got %v", got)
	}
}
