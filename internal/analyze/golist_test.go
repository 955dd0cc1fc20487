package analyze_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/analyze"
)

// goList runs what the step runs, on packages of this module.
func goList(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-deps", "-json=" + analyze.Fields, "--"}, args...)...)
	cmd.Env = append(os.Environ(), append([]string{"GOFLAGS=-mod=readonly", "GOPROXY=off", "CGO_ENABLED=0"}, env...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running go list: %v", err)
	}
	return out
}

// TestGoList reads the real output for a real closure.
func TestGoList(t *testing.T) {
	out := goList(t, []string{"GOOS=linux", "GOARCH=arm64"}, "golang.org/x/tools/txtar", "github.com/goccy/go-yaml")
	c, err := analyze.Decode(bytes.NewReader(out), []string{"github.com/modship-build/modship"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Reached) > 0 {
		t.Errorf("reached %v of this module", c.Reached)
	}
	seen := map[string]bool{}
	for _, p := range c.Packages {
		for _, imp := range p.Imports {
			if imp != "unsafe" && imp != "C" && !seen[imp] && !seen["vendor/"+imp] {
				t.Errorf("%s comes before %s, which it imports", p.ImportPath, imp)
			}
		}
		seen[p.ImportPath] = true
		checkInputs(t, p)
	}
	s := c.Summary()
	var modules []string
	for _, m := range s.Modules {
		modules = append(modules, m.Path)
		if m.Version == "" || !slices.IsSorted(m.Packages) {
			t.Errorf("module %+v", m)
		}
	}
	if want := []string{"github.com/goccy/go-yaml", "golang.org/x/tools"}; !slices.Equal(modules, want) {
		t.Errorf("modules are %v, want %v", modules, want)
	}
	if len(s.Cgo) > 0 || len(s.Roots) > 0 {
		t.Errorf("cgo %v, roots %v", s.Cgo, s.Roots)
	}
}

// checkInputs: what is said to be read exists, and no Go file of the build is left out.
func checkInputs(t *testing.T, p analyze.Package) {
	t.Helper()
	inputs := p.Inputs()
	for _, name := range inputs {
		if _, err := os.Stat(filepath.Join(p.Dir, name)); err != nil {
			t.Errorf("%s: %v", p.ImportPath, err)
		}
	}
	if len(inputs) == 0 && p.ImportPath != "unsafe" {
		t.Errorf("%s reads nothing", p.ImportPath)
	}
	for _, name := range p.GoFiles {
		if !slices.Contains(inputs, name) {
			t.Errorf("%s: %s is missing", p.ImportPath, name)
		}
	}
}

// TestGoListReached: packages of the own modules are not there in the step, and are no mistake.
func TestGoListReached(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":     "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./dep\n",
		"dep/go.mod": "module example.com/dep\n\ngo 1.26\n",
		"dep/a/a.go": "package a\n\nimport _ \"example.com/app/lib\"\nimport _ \"example.com/dep/b\"\n",
		"dep/b/b.go": "package b\n\nimport _ \"errors\"\n",
		"dep/c/c.go": "package c\n\nimport _ \"example.com/dep/nowhere\"\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	own := []string{"example.com/app"}
	c, err := analyze.Decode(bytes.NewReader(goList(t, []string{"GOWORK=off"}, "example.com/dep/a")), own, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Reached, []string{"example.com/app/lib"}) {
		t.Errorf("reached %v", c.Reached)
	}
	if s := c.Summary(); !slices.Equal(s.Roots, []string{"example.com/dep/b"}) {
		t.Errorf("roots are %v: a needs the module itself, b does not", s.Roots)
	}
	_, err = analyze.Decode(bytes.NewReader(goList(t, []string{"GOWORK=off"}, "example.com/dep/c", "example.com/dep/none")), own, nil)
	if err == nil {
		t.Fatal("missing packages are no mistake")
	}
	for _, want := range []string{"example.com/dep/nowhere", "(imported through example.com/dep/c)", "example.com/dep/none"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in the error: %v", want, err)
		}
	}
}
