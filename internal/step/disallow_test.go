package step

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDisallowedFlags asks cmd/go itself: flags that it takes in the #cgo lines of any package are refused in a build's environment,
// and what packages commonly need is not.
func TestDisallowedFlags(t *testing.T) {
	for line, refused := range map[string]bool{
		"CFLAGS: --sysroot=/x":          true,
		"CFLAGS: -isysroot /x":          true,
		"CFLAGS: -target y":             true,
		"CFLAGS: -x c++":                true,
		"CPPFLAGS: --sysroot=/x":        true,
		"CXXFLAGS: -target y":           true,
		"LDFLAGS: -target y":            true,
		"LDFLAGS: -isysroot /x":         true,
		"CFLAGS: -march=native":         true,
		"CXXFLAGS: -mtune=native":       true,
		"CPPFLAGS: -mcpu=native+crypto": true,
		"LDFLAGS: -march=native":        true,
		"CFLAGS: -march=x86-64-v3":      false,
		"CFLAGS: -DX=1 -I/x":            false,
		"LDFLAGS: -L/x -lm":             false,
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"go.mod":  "module example.com/flags\n\ngo 1.26\n",
			"main.go": "package main\n\n// #cgo " + line + "\nimport \"C\"\n\nfunc main() {}\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, env := range [][]string{nil, hermetic} {
			cmd := exec.CommandContext(t.Context(), "go", "build", "-n", "-o", os.DevNull, ".") // flags are judged also if nothing is run
			cmd.Dir = dir
			cmd.Env = slices.Concat(os.Environ(), []string{"CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off"}, env)
			out, err := cmd.CombinedOutput()
			if err != nil && !strings.Contains(string(out), "invalid flag in #cgo") {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			if want := refused && env != nil; (err != nil) != want {
				t.Errorf("%s: refused %t in a build's environment %t, want %t", line, err != nil, env != nil, want)
			}
		}
	}
}
