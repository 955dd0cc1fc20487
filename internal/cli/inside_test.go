package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

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
