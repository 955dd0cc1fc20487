package step

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/modship-build/modship/internal/request"
)

// TestSysrootByContent: two trees that stand in for one base are two sysroots if a compiler can find any file of them another one, whatever
// the database of packages says; with the digest of an image, that decides.
func TestSysrootByContent(t *testing.T) {
	files := map[string]string{
		"usr/local/include/answer.h": "#define ANSWER 41\n",
		"opt/lib/libx.a":             "!<arch>\n",
		"usr/bin/gcc":                "one",
		"var/log/apt.log":            "today",
		"var/local/answer.h":         "#define ANSWER 41\n",
		"go/include/answer.h":        "#define ANSWER 41\n",
		"tmp/x":                      "1",
	}
	id := func(byContent bool, zig, change, text string) string {
		root := t.TempDir()
		for name, content := range files {
			if name == change {
				content = text
			}
			write(t, filepath.Join(root, name), content)
		}
		link := "usr/bin/gcc"
		if change == "link" {
			link = text
		}
		if err := os.Symlink(link, filepath.Join(root, "cc")); err != nil {
			t.Fatal(err)
		}
		report, err := describeSysroot(root, request.Sysroot{From: "debian:bookworm-slim", ByContent: byContent}, zig)
		if err != nil {
			t.Fatal(err)
		}
		return report.ID
	}
	first := id(true, "", "", "")
	for change, differs := range map[string]bool{"usr/local/include/answer.h": true, "opt/lib/libx.a": true, "usr/bin/gcc": true, "link": true,
		"var/local/answer.h": true, "go/include/answer.h": true, "var/log/apt.log": false, "tmp/x": false, "": false} {
		if got := id(true, "", change, "#define ANSWER 42\n"); (got != first) != differs {
			t.Errorf("with another %s the identity differs: %t", change, got != first)
		}
		if id(false, "", change, "x") != id(false, "", "", "") {
			t.Errorf("with a digest, another %s is another sysroot", change)
		}
	}
	if id(false, "0.14.1", "", "") == id(false, "0.15.0", "", "") {
		t.Error("two versions of zig are one sysroot")
	}
}
