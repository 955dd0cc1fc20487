package step

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMarkAssembly: a change of an included file changes the files that include it, in content and time, and nothing else.
func TestMarkAssembly(t *testing.T) {
	files := map[string]string{
		"p/a.s":       "#include \"b.inc\"\n#include \"textflag.h\"\nTEXT ·A(SB), 4, $0\n",
		"p/b.inc":     "#include \"../inc/c.h\"\n",
		"inc/c.h":     "#define C 1\n",
		"p/plain.s":   "#include \"textflag.h\"\n",
		"p/other.inc": "#define O 1\n",
		"p/p.go":      "package p\n\n// #include \"b.inc\"\n",
	}
	marked := func(change string) (texts map[string]string, times map[string]int64) {
		root := t.TempDir()
		texts, times = map[string]string{}, map[string]int64{}
		for name, text := range files {
			if name == change {
				text = strings.ReplaceAll(text, "1", "2")
			}
			if err := writeFileText(filepath.Join(root, name), text); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(filepath.Join(root, name), zeroTime, zeroTime); err != nil {
				t.Fatal(err)
			}
		}
		if err := markAssembly(root); err != nil {
			t.Fatal(err)
		}
		for name := range files {
			text, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			texts[name], times[name] = string(text), info.ModTime().UnixNano()
		}
		return texts, times
	}
	texts, times := marked("")
	for name, text := range files {
		if was := texts[name] != text; was != (name == "p/a.s") {
			t.Errorf("%s is marked: %t", name, was)
		}
	}
	if !strings.HasPrefix(texts["p/a.s"], files["p/a.s"]) {
		t.Errorf("a.s begins otherwise: %q", texts["p/a.s"])
	}
	for change, want := range map[string]bool{"inc/c.h": true, "p/other.inc": false} {
		again, at := marked(change)
		if got := again["p/a.s"] != texts["p/a.s"]; got != want {
			t.Errorf("with another %s the text of a.s changes: %t, want %t", change, got, want)
		}
		if got := at["p/a.s"] != times["p/a.s"]; got != want {
			t.Errorf("with another %s the time of a.s changes: %t, want %t", change, got, want)
		}
	}
}
