package step

import "testing"

// TestMarkC: any change of any C file changes the Go files with cgo, in content and time, and nothing else.
func TestMarkC(t *testing.T) {
	files := map[string]string{
		"main.go":        "package main\n\nconst c = \"C\"\n",
		"c/c.go":         "package c\n\n// #include \"x.h\"\nimport \"C\"\n",
		"c/broken.go":    "package c\n\nimport \"C\n",
		"include/x.h":    "int x;\n",
		"web/style.css":  "a {}\n",
		"vendor/v/v.go":  "package v\n\nimport \"C\"\n",
		"vendor/v/v.h":   "int v;\n",
		"c/data.txt":     "x",
		"include/x.tcc":  "int y;\n",
		"lib/libown.a":   "!<arch>\n",
		"c/sub/empty.go": "package sub\n",
	}
	first := marked(t, files, "", "", markC)
	for name, text := range files {
		if changed := first[name].text != text; changed != (name == "c/c.go") {
			t.Errorf("%s is marked: %t", name, changed)
		}
	}
	for change, want := range map[string]bool{
		"include/x.h": true, "include/x.tcc": true, "lib/libown.a": true, "web/style.css": false, "vendor/v/v.h": false, "main.go": false,
	} {
		again := marked(t, files, change, files[change]+" ", markC)
		if changed := again["c/c.go"] != first["c/c.go"]; changed != want {
			t.Errorf("a change of %s changes the file with cgo: %t", change, changed)
		}
		if want && again["c/c.go"].time.Equal(first["c/c.go"].time) {
			t.Errorf("a change of %s does not change the time of the file with cgo", change)
		}
	}
}
