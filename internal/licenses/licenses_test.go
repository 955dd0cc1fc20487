package licenses_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/licenses"
)

// texts are parts of licence files, by a short name.
func texts(t *testing.T) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/texts.txtar")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	return parts
}

// TestDetect: a case is a list of files, each written as name=text+text.
func TestDetect(t *testing.T) {
	parts := texts(t)
	for _, test := range []struct {
		name, files, want string
	}{
		{"none", "README.md=MIT main.go=MIT", ""},
		{"one", "LICENSE=MIT", "MIT"},
		{"lower case", "license.txt=BSD-3-Clause", "BSD-3-Clause"},
		{"a choice of the user's", "LICENSE-MIT=MIT LICENSE-APACHE=Apache-URL", "Apache-2.0 AND MIT"},
		{"two in one file", "COPYING=MIT+ISC", "ISC AND MIT"},
		{"the same twice", "LICENSE=MIT COPYING=MIT", "MIT"},
		{"one of two not understood", "LICENSE=MIT LICENSE.docs=prose", ""},
		{"empty", "LICENSE=", ""},
		{"a licence within prose", "LICENSE=prose+MIT+prose+prose", ""},
		{"some words around it", "LICENSE=prose+MIT+ISC", "ISC AND MIT"},
		{"notice of a choice", "COPYING=GPL-2.0-or-3.0", "(GPL-2.0-only OR GPL-3.0-only)"},
		{"notice of a choice beside another", "COPYING=GPL-2.0-or-3.0 LICENSE=MIT", "(GPL-2.0-only OR GPL-3.0-only) AND MIT"},
		{"or later", "COPYING=GPL-2.0-or-later", "GPL-2.0-or-later"},
		{"not in SPDX", "LICENSE=CommonsClause+Apache-URL", "Apache-2.0 AND LicenseRef-CommonsClause"},
		{"patent grant", "LICENSE=BSD-3-Clause+GooglePatentsFile", "BSD-3-Clause"},
		{"nothing but a patent grant", "LICENSE=GooglePatentsFile", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			fsys := fstest.MapFS{"sub/LICENSE": {Data: []byte(parts["ISC"])}, "vendor": {Mode: fs.ModeDir | 0o755}}
			var want []string
			for _, f := range strings.Fields(test.files) {
				name, list, _ := strings.Cut(f, "=")
				var text string
				for part := range strings.SplitSeq(list, "+") {
					if part != "" && parts[part] == "" {
						t.Fatalf("no text %q", part)
					}
					text += parts[part] + "\n"
				}
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
				if name != "README.md" && name != "main.go" {
					want = append(want, name)
				}
			}
			slices.Sort(want)
			expression, files, err := licenses.Detect(fsys, ".")
			if err != nil {
				t.Fatal(err)
			}
			if expression != test.want || !slices.Equal(files, want) {
				t.Errorf("%q of %q, want %q of %q", expression, files, test.want, want)
			}
			if expression != "" && !licenses.Valid(expression) {
				t.Errorf("%q is not valid", expression)
			}
		})
	}
}

// TestBareText: the text of a GNU licence alone does not say which versions apply; a notice beside it does.
func TestBareText(t *testing.T) {
	bare := licenses.Join([]string{"MIT", "GPL-2.0", "LGPL-2.1"})
	if bare != "GPL-2.0 AND LGPL-2.1 AND MIT" || !licenses.Valid(bare) {
		t.Errorf("texts alone: %q", bare)
	}
	if got := licenses.Join([]string{"GPL-2.0", "GPL-2.0-or-later", "LGPL-2.1", "LGPL-2.1-only"}); got != "GPL-2.0-or-later AND LGPL-2.1-only" {
		t.Errorf("with notices: %q", got)
	}
}

func TestDirectory(t *testing.T) {
	mit := texts(t)["MIT"]
	fsys := fstest.MapFS{"a/b/LICENSE": {Data: []byte(mit)}, "a/b/license/LICENSE": {Data: []byte("other")}, "a/LICENSE": {Data: []byte("other")}}
	expression, files, err := licenses.Detect(fsys, "a/b")
	if err != nil || expression != "MIT" || !slices.Equal(files, []string{"a/b/LICENSE"}) {
		t.Errorf("%q of %q: %v", expression, files, err)
	}
	if _, _, err := licenses.Detect(fsys, "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestSize(t *testing.T) {
	mit := texts(t)["MIT"]
	fits := mit + strings.Repeat(" ", 1<<20-len(mit))
	for text, want := range map[string]string{fits: "MIT", fits + " ": ""} {
		expression, files, err := licenses.Detect(fstest.MapFS{"LICENSE": {Data: []byte(text)}}, ".")
		if err != nil || expression != want || len(files) != 1 {
			t.Errorf("%d bytes: %q of %q: %v", len(text), expression, files, err)
		}
	}
}

// TestLinks in a real file system: one to a file is followed, one to nothing is none, one out of the tree is an error.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "repo", "module"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LICENSE", "repo/LICENSE"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(texts(t)["MIT"]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(filepath.Join(dir, "repo"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, test := range []struct {
		to, want string
		files    []string
		fails    bool
	}{
		{"../LICENSE", "MIT", []string{"module/LICENSE"}, false},
		{"../nothing", "", nil, false},
		{"../../LICENSE", "", nil, true},
	} {
		link := filepath.Join(dir, "repo", "module", "LICENSE")
		if err := os.Symlink(test.to, link); err != nil {
			t.Fatal(err)
		}
		expression, files, err := licenses.Detect(root.FS(), "module")
		if expression != test.want || !slices.Equal(files, test.files) || (err != nil) != test.fails {
			t.Errorf("%s: %q of %q: %v", test.to, expression, files, err)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFileNames holds the pattern against golang/pkgsite's list, and against names that look like it.
func TestFileNames(t *testing.T) {
	const pkgsite = `COPYING COPYING.md COPYING.markdown COPYING.txt LICENCE LICENCE.md LICENCE.markdown LICENCE.txt LICENSE LICENSE.md
		LICENSE.markdown LICENSE.txt LICENSE-2.0.txt LICENCE-2.0.txt LICENSE-APACHE LICENCE-APACHE LICENSE-APACHE-2.0.txt
		LICENCE-APACHE-2.0.txt LICENSE-MIT LICENCE-MIT LICENSE.MIT LICENCE.MIT LICENSE.code LICENCE.code LICENSE.docs LICENCE.docs
		LICENSE.rst LICENCE.rst MIT-LICENSE MIT-LICENCE MIT-LICENSE.md MIT-LICENCE.md MIT-LICENSE.markdown MIT-LICENCE.markdown
		MIT-LICENSE.txt MIT-LICENCE.txt MIT_LICENSE MIT_LICENCE UNLICENSE UNLICENCE`
	const more = `license.apache COPYING.LESSER LICENSE-BSD LICENSE.BSD-3-Clause LICENSE.libyaml License.txt LICENSE.MPL-2.0 COPYING.LGPL`
	const not = `license.go LICENSE.go license_test.go LICENSES licenses.json LICENSE-3RD-PARTY LICENSE-THIRD-PARTY.txt NOTICE PATENTS
		LICENSE.tmpl license-header.txt COPYRIGHT my-license LICENSE.html AUTHORS COPYING.sh`
	mit := []byte(texts(t)["MIT"])
	for list, want := range map[string]int{pkgsite: 1, more: 1, not: 0} {
		for _, name := range strings.Fields(list) {
			_, files, err := licenses.Detect(fstest.MapFS{name: {Data: mit}}, ".")
			if err != nil || len(files) != want {
				t.Errorf("%s: found %q, %v", name, files, err)
			}
		}
	}
}

// TestModules detects the licences of modules that this test is compiled with, whose terms are known.
func TestModules(t *testing.T) {
	want := map[string]string{
		"github.com/google/go-cmp":       "BSD-3-Clause",
		"github.com/google/licensecheck": "BSD-3-Clause",
		"github.com/github/go-spdx/v2":   "MIT",
		"golang.org/x/tools":             "BSD-3-Clause",
	}
	got := map[string]string{}
	for path, dir := range moduleDirs(t, "github.com/google/go-cmp/cmp", "github.com/google/licensecheck", "github.com/github/go-spdx/v2/spdxexp",
		"golang.org/x/tools/txtar") {
		expression, _, err := licenses.Detect(os.DirFS(dir), ".")
		if err != nil {
			t.Error(err)
		}
		got[path] = expression
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzDetect: whatever the files say, the expression is valid or unknown.
func FuzzDetect(f *testing.F) {
	f.Add("MIT License", "Licensed under the Apache License: https://www.apache.org/licenses/LICENSE-2.0")
	f.Add("", "\xff\x00")
	// The first text that is looked at builds the matcher, for longer than an input may take.
	if _, _, err := licenses.Detect(fstest.MapFS{"LICENSE": {Data: []byte("MIT License")}}, "."); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		fsys := fstest.MapFS{"LICENSE": {Data: []byte(one)}, "COPYING": {Data: []byte(two)}}
		expression, files, err := licenses.Detect(fsys, ".")
		if err != nil || !slices.Equal(files, []string{"COPYING", "LICENSE"}) {
			t.Errorf("%q, %v", files, err)
		}
		if expression != "" && !licenses.Valid(expression) {
			t.Errorf("%q is not valid", expression)
		}
	})
}

// TestManyFiles: as many license files as a module may have are read, and of more not one.
func TestManyFiles(t *testing.T) {
	mit := []byte(texts(t)["MIT"])
	for n, want := range map[int]string{50: "MIT", 51: "", 5000: ""} {
		read := counting{fstest.MapFS{}, new(int)}
		for i := range n {
			read.MapFS[fmt.Sprintf("LICENSE.%d", i)] = &fstest.MapFile{Data: mit}
		}
		got, files, err := licenses.Detect(read, ".")
		if err != nil || got != want || (len(files) > 0) != (want != "") || *read.opened > 50 {
			t.Errorf("%d files: %q of %d files, of which %d were opened, %v; want %q", n, got, len(files), *read.opened, err, want)
		}
	}
}

// counting counts the files that are opened.
type counting struct {
	fstest.MapFS
	opened *int
}

func (c counting) Open(name string) (fs.File, error) {
	if name != "." {
		*c.opened++
	}
	return c.MapFS.Open(name)
}
