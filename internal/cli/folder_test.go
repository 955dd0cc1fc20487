package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

// TestModuleAbove: who is in the folder of a command is told what to build instead.
func TestModuleAbove(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root, "go.mod", "module example.com/m\n")
	writeFile(t, root, "cmd/server/main.go", "package main\n")
	writeFile(t, root, "own/go.mod", "module example.com/own\n")
	t.Chdir(filepath.Join(root, "cmd/server"))
	for dir, want := range map[string]string{
		".":                                ". is a folder of the module in ../.., and the directory to build is the root of a module; did you mean modship build ../.., with main: ./cmd/server in its modship.yaml?",
		"../server":                        "../server is a folder of the module in ../..,",
		"..":                               "with main: ./cmd in",
		"../..":                            "",
		"../../own":                        "",
		filepath.Join(root, "cmd/server"):  "modship build " + root + ", with main: ./cmd/server",
		filepath.Dir(filepath.Clean(root)): "",
	} {
		var mistakes diag.List
		openContext(dir, &mistakes)
		got := strings.Join(messages(mistakes), "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}
