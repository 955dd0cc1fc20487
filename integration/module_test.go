//go:build linux

package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/golden"
)

// A build context is a directory of its own that a test may change. Its Dockerfile names the local frontend, which both
// modes take for modship's.

// example copies examples/NAME.
func example(t *testing.T, name string) string {
	t.Helper()
	setUp(t)
	dir := t.TempDir()
	copyDir(t, filepath.Join("../examples", name), dir)
	pointAtFrontend(t, dir)
	return dir
}

// published downloads a module from the module proxy; config is the text after the syntax line.
func published(t *testing.T, module, config string) string {
	t.Helper()
	l := setUp(t)
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	cmd.Dir = l.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &m); jsonErr != nil || m.Error != "" {
		t.Fatalf("downloading %s: %v %s", module, err, m.Error)
	}
	dir := t.TempDir()
	copyDir(t, m.Dir, dir)
	configure(t, dir, config)
	return dir
}

// inline is a context written in the test itself.
func inline(t *testing.T, text string) string {
	t.Helper()
	setUp(t)
	return contextOf(t, golden.Parse(t, text))
}

func contextOf(t *testing.T, a *golden.Archive) string {
	t.Helper()
	dir := a.Dir(t)
	pointAtFrontend(t, dir)
	return dir
}

// configure writes the Dockerfile of a context.
func configure(t *testing.T, dir, config string) {
	t.Helper()
	edit(t, dir, "Dockerfile", "# syntax="+lab.frontend+"\n"+config)
}

// pointAtFrontend replaces the frontend in the Dockerfile by the local one.
func pointAtFrontend(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "Dockerfile"))
	if err != nil {
		configure(t, dir, "")
		return
	}
	_, config, ok := strings.Cut(string(data), "\n")
	if !ok || !strings.HasPrefix(string(data), "# syntax=") {
		t.Fatalf("the Dockerfile begins with no syntax line:\n%s", data)
	}
	configure(t, dir, config)
}

// chooseMain adds the main package to the settings of a context.
func chooseMain(t *testing.T, dir, main string) {
	t.Helper()
	_, config, _ := strings.Cut(string(readFile(t, filepath.Join(dir, "Dockerfile"))), "\n")
	configure(t, dir, "main: "+main+"\n"+config)
}

// edit writes one file of a context.
func edit(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := writeFile(filepath.Join(dir, name), strings.NewReader(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// quick gives the example web with a program of few standard packages and another module, for daemons that have compiled none.
func quick(t *testing.T) string {
	t.Helper()
	dir := example(t, "web")
	edit(t, dir, "go.mod", "module example.com/web\n\ngo 1.26.0\n\ntoolchain go1.26.11\n\nrequire golang.org/x/mod v0.42.0\n")
	edit(t, dir, "go.sum", `golang.org/x/mod v0.42.0 h1:ICeL3t2L30ljSPHHxDnR4fqVcBt/zR2zJAb9juavmQg=
golang.org/x/mod v0.42.0/go.mod h1:u5fzIrRInkL8MaO1cbRkUHT64v303YIT5KEqpNr7jRs=
`)
	edit(t, dir, "main.go", `package main

import (
	"fmt"

	"golang.org/x/mod/semver"
)

func main() { fmt.Println("web", semver.Major("v1.2.3"), "is ready") }
`)
	return dir
}

// copyDir copies files so that they can be written, as those of the module cache cannot.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "cp", "-R", "--no-preserve=mode", from+"/.", to)
	if out, code := run(t, cmd); code != 0 {
		t.Fatalf("copying %s: %s", from, out)
	}
}
