package cli

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/golden"
)

func TestChooseDefinition(t *testing.T) {
	const syntax = "# syntax=ghcr.io/modship-build/modship:1\n"
	for _, tc := range []struct {
		name    string
		tree    string // txtar
		file    string
		want    string // name of the file
		content string
		offered []string
		mistake string
	}{
		{name: "nothing", tree: "-- go.mod --\nmodule x\n", want: "modship.yaml", content: "# there is no modship.yaml in this directory: these are the defaults\n", offered: []string{"modship.yaml"}},
		{name: "modship.yaml", tree: "-- modship.yaml --\nmain: .\n-- Dockerfile --\n" + syntax + "-- secret --\n", want: "modship.yaml", content: "main: .\n", offered: []string{"modship.yaml"}},
		{name: "ignore file", tree: "-- modship.yaml --\n-- modship.yaml.dockerignore --\nx\n", want: "modship.yaml", offered: []string{"modship.yaml", "modship.yaml.dockerignore"}},
		{name: "Dockerfile of modship", tree: "-- Dockerfile --\n" + syntax, want: "Dockerfile", content: syntax, offered: []string{"Dockerfile"}},
		{name: "mirrored frontend", tree: "-- Dockerfile --\n#syntax = corp.example:5000/mirror/modship-frontend@sha256:" + strings.Repeat("a", 64) + "\n",
			want: "Dockerfile", content: "#syntax = corp.example:5000/mirror/modship-frontend@sha256:" + strings.Repeat("a", 64) + "\n", offered: []string{"Dockerfile"}},
		{name: "Dockerfile of another frontend", tree: "-- Dockerfile --\n# syntax=docker/dockerfile:1\nFROM x\n", want: "modship.yaml", content: "# there is no modship.yaml in this directory: these are the defaults\n", offered: []string{"modship.yaml"}},
		{name: "modship in the name of the host only", tree: "-- Dockerfile --\n# syntax=modship.example/docker/dockerfile:1\n", want: "modship.yaml", content: "# there is no modship.yaml in this directory: these are the defaults\n", offered: []string{"modship.yaml"}},
		{name: "Dockerfile without a syntax line", tree: "-- Dockerfile --\nFROM scratch\n" + syntax, want: "modship.yaml", content: "# there is no modship.yaml in this directory: these are the defaults\n", offered: []string{"modship.yaml"}},
		{name: "given file", tree: "-- deploy/app.yaml --\nmain: ./app\n-- modship.yaml --\n", file: "deploy/app.yaml", want: "app.yaml", content: "main: ./app\n", offered: []string{"app.yaml"}},
		{name: "given file, whatever it is", tree: "-- Dockerfile --\nFROM x\n", file: "Dockerfile", want: "Dockerfile", content: "FROM x\n", offered: []string{"Dockerfile"}},
		{name: "standard input", tree: "-- modship.yaml --\n", file: "-", want: "Dockerfile", content: "stdin", offered: []string{"Dockerfile"}},
		{name: "missing", tree: "-- x --\n", file: "app.yaml", want: "app.yaml", mistake: "--file: there is no file app.yaml"},
		{name: "a directory", tree: "-- d/x --\n", file: "d", want: "d", mistake: "--file: d is not a file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(golden.Parse(t, tc.tree).Dir(t))
			var mistakes diag.List
			got := chooseDefinition(".", tc.file, strings.NewReader("stdin"), &mistakes)
			if got.name != tc.want {
				t.Errorf("name is %q, want %q", got.name, tc.want)
			}
			if tc.mistake != "" {
				if diff := cmp.Diff([]string{tc.mistake}, messages(mistakes)); diff != "" {
					t.Error(diff)
				}
				return
			}
			if mistakes != nil {
				t.Fatal(mistakes.Err())
			}
			if content := read(t, got.files, got.name); content != tc.content {
				t.Errorf("content is %q, want %q", content, tc.content)
			}
			if diff := cmp.Diff(tc.offered, slices.Sorted(maps.Keys(got.files))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDefinitionBesideContext(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "service/app.yaml", "")
	var mistakes diag.List
	chooseDefinition("service", "app.yaml", nil, &mistakes)
	want := "--file: there is no file app.yaml; the path counts from the working directory: did you mean " + filepath.Join("service", "app.yaml") + "?"
	if diff := cmp.Diff([]string{want}, messages(mistakes)); diff != "" {
		t.Error(diff)
	}
}

func TestDefinitionFromStdinIsBounded(t *testing.T) {
	var mistakes diag.List
	chooseDefinition(".", "-", strings.NewReader(strings.Repeat("#", maxConfig+1)), &mistakes)
	if len(mistakes) != 1 {
		t.Errorf("mistakes are %v", messages(mistakes))
	}
	mistakes = nil
	chooseDefinition(".", "-", strings.NewReader(strings.Repeat("#", maxConfig)), &mistakes)
	if mistakes != nil {
		t.Error(mistakes.Err())
	}
}

// TestLinkedDefinition: what a link of the source tree leads to outside of it is neither read nor shown, whichever file of the definition
// it is and however it is named. Inside of the tree links are followed, and a file that is outside may be named.
func TestLinkedDefinition(t *testing.T) {
	const syntax = "# syntax=ghcr.io/modship-build/modship:1\n"
	for _, test := range []struct {
		name, file string
		links      map[string]string // below the folder that is built
		content    string
		says       string
	}{
		{"configuration", "", map[string]string{"modship.yaml": "../../home/netrc"}, "", `modship.yaml: the file is a symbolic link to "../../home/netrc", which leads out of the source tree`},
		{"absolute", "", map[string]string{"modship.yaml": "HOME/netrc"}, "", "out of the source tree"},
		{"by two links", "", map[string]string{"modship.yaml": "next", "next": "../../home/netrc"}, "", "out of the source tree"},
		{"Dockerfile", "", map[string]string{"Dockerfile": "../../home/Dockerfile"}, "", "Dockerfile: the file is a symbolic link"},
		{"ignore file", "", map[string]string{"modship.yaml": "real.yaml", "modship.yaml.dockerignore": "../../home/netrc"}, "", "modship.yaml.dockerignore: the file is"},
		{"named", "app/ci.yaml", map[string]string{"ci.yaml": "../../home/netrc"}, "", "app/ci.yaml: the file is a symbolic link"},
		{"named with dots", "app/../app/ci.yaml", map[string]string{"ci.yaml": "../../home/netrc"}, "", "the file is a symbolic link"},
		{"in a linked folder", "app/ci/netrc", map[string]string{"ci": "../../home"}, "", "app/ci/netrc: the file is behind a symbolic link"},
		{"beside the folder in its checkout", "ci.yaml", map[string]string{"../ci.yaml": "../home/netrc"}, "", "ci.yaml: the file is a symbolic link"},
		{"nowhere", "", map[string]string{"modship.yaml": "gone.yaml"}, "", `modship.yaml: the file is a symbolic link to "gone.yaml", where there is no file`},
		{"inside", "", map[string]string{"modship.yaml": "real.yaml"}, "main: ./real\n", ""},
		{"inside and named", "app/ci.yaml", map[string]string{"ci.yaml": "real.yaml"}, "main: ./real\n", ""},
		{"outside and named", "../home/netrc", nil, "machine corp.example\npassword hunter2\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			home := filepath.Join(root, "home")
			writeFile(t, home, "netrc", "machine corp.example\npassword hunter2\n")
			writeFile(t, home, "Dockerfile", syntax+"password: hunter2\n")
			writeFile(t, root, "checkout/.git/HEAD", "")
			writeFile(t, root, "checkout/app/real.yaml", "main: ./real\n")
			for name, target := range test.links {
				if err := os.Symlink(strings.Replace(target, "HOME", home, 1), filepath.Join(root, "checkout/app", name)); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(filepath.Join(root, "checkout"))
			var mistakes diag.List
			d := chooseDefinition("app", test.file, nil, &mistakes)
			text := ""
			if f, err := d.files.Open(d.name); err == nil {
				b, err := io.ReadAll(f)
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			said := strings.Join(messages(mistakes), "\n")
			if (said == "") != (test.says == "") || !strings.Contains(said, test.says) {
				t.Errorf("it says %q, want %q", said, test.says)
			}
			if test.says == "" && text != test.content {
				t.Errorf("the content is %q, want %q", text, test.content)
			}
			if test.says != "" && strings.Contains(text+said, "hunter2") {
				t.Errorf("a password of the home is read: %q %q", text, said)
			}
			for name := range d.files {
				if test.says == "" || name == d.name {
					continue
				}
				if content := read(t, d.files, name); strings.Contains(content, "hunter2") {
					t.Errorf("%s is %q", name, content)
				}
			}
		})
	}
}
