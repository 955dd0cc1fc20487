package yamlfile_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/yamlfile"
)

type content struct {
	List []*struct {
		A string `yaml:"a"`
		B int    `yaml:"b"`
	} `yaml:"list"`
}

func TestAt(t *testing.T) {
	var c content
	f, err := yamlfile.Read("f.yaml", []byte("# first\nlist:\n- a: x\n  b: 1\n- {a: y}\n-\n"), &c)
	if err != nil || len(c.List) != 3 || c.List[1].A != "y" {
		t.Fatalf("%+v, %v", c, err)
	}
	for path, want := range map[string]string{
		"list[0]": "f.yaml:3:3", "list[0].b": "f.yaml:4:6", "list[0].c": "f.yaml:3:3", "list[1]": "f.yaml:5:3", "list[1].b": "f.yaml:5:3",
		"list[2]": "f.yaml:6:3", "list[9].a": "f.yaml:3:1", "none": "f.yaml",
	} {
		if got := f.At(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"list:\n- {c: x}\n":                   `f.yaml:2:4: unknown field "c"`,
		"list:\n- {b: x}\n":                   "f.yaml:2:7: ",
		"list:\n- a: [\n":                     "f.yaml:2:",
		"list: []\nlist: []\n":                "f.yaml:2:1: ",
		"list: []\n---\nlist: [{a: x}]\n":     "f.yaml:3:1: a second document",
		"list: []\n---\n---\nlist: []\n":      "f.yaml:4:1: a second document",
		"---\n---\nlist: []\n":                "f.yaml:3:1: a second document",
		"# x\n---\n# y\n---\nlist: []\n":      "f.yaml:5:1: a second document",
		"list:\n- a: x\n   b: 1\n":            "f.yaml:",
		"list: [*none]\n":                     "f.yaml:1:",
		"a: &a [*a]\n":                        "f.yaml:1:",
		"%YAML 1.2\n---\nlist: []\n---\n{}\n": "a second document",
	} {
		if _, err := yamlfile.Read("f.yaml", []byte(text), new(content)); err == nil || !strings.HasPrefix(err.Error(), "f.yaml:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "---\nlist: []\n", "%YAML 1.2\n---\nlist: []\n", "list: []\n---\n# nothing\n", "list: []\n---\n", "list: []\n...\n"} {
		if _, err := yamlfile.Read("f.yaml", []byte(text), new(content)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
