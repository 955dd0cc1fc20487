package step

import (
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
	first := marked(t, files, "", "", markAssembly)
	for name, text := range files {
		if was := first[name].text != text; was != (name == "p/a.s") {
			t.Errorf("%s is marked: %t", name, was)
		}
	}
	if !strings.HasPrefix(first["p/a.s"].text, files["p/a.s"]) {
		t.Errorf("a.s begins otherwise: %q", first["p/a.s"].text)
	}
	for change, want := range map[string]bool{"inc/c.h": true, "p/other.inc": false} {
		again := marked(t, files, change, strings.ReplaceAll(files[change], "1", "2"), markAssembly)
		if got := again["p/a.s"].text != first["p/a.s"].text; got != want {
			t.Errorf("with another %s the text of a.s changes: %t, want %t", change, got, want)
		}
		if got := again["p/a.s"].time != first["p/a.s"].time; got != want {
			t.Errorf("with another %s the time of a.s changes: %t, want %t", change, got, want)
		}
	}
}
