//go:build linux

package integration

import (
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Modules as their authors published them, built without a setting or with no more than the main package.
const (
	helloModule = "golang.org/x/example/hello@v0.0.0-20250915201037-7f05d217867b"
	heyModule   = "github.com/rakyll/hey@v0.1.5"
	craneModule = "github.com/google/go-containerregistry@v0.22.1"
	kubeModule  = "k8s.io/kubernetes@v1.36.3"
)

// TestPublishedHello has no go.sum, and a go line older than every toolchain that can be downloaded for it: the newest stable
// Go builds it.
func TestPublishedHello(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, m mode) {
		r := m.build(t, build{dir: published(t, helloModule, "")})
		r.runs(t, "Hello, gopher!", "gopher")
		if got := programOf(t, r.image(t)).info(t).GoVersion; version.Compare(got, "go1.26") < 0 || strings.Contains(got, "rc") {
			t.Errorf("the program was made by %s, want the newest stable Go", got)
		}
	})
}

func TestPublishedHey(t *testing.T) {
	needFull(t)
	eachMode(t, func(t *testing.T, m mode) {
		r := m.build(t, build{dir: published(t, heyModule, "")})
		if img := r.image(t); !strings.Contains(string(rootfsOf(t, img).file(t, "usr/local/bin/hey").data[:4]), "ELF") {
			t.Error("hey is no ELF file")
		}
		info := programOf(t, r.image(t)).info(t)
		if info.Path != "github.com/rakyll/hey" || len(info.Deps) == 0 {
			t.Errorf("the program says it is %s with %d dependencies", info.Path, len(info.Deps))
		}
	})
}

// TestPublishedCrane has several main packages: one must be chosen, and the error says which there are.
func TestPublishedCrane(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		r := m.fail(t, build{dir: published(t, craneModule, "")})
		if m.name == client.name && r.code != 2 {
			t.Errorf("exit code %d, want 2", r.code)
		}
		r.says(t, "./cmd/crane", "./cmd/gcrane", "./cmd/registry", "Dockerfile:1")
		r = m.build(t, build{dir: published(t, craneModule, "main: ./cmd/crane\n")})
		r.runs(t, "Crane is a tool for managing container images", "--help")
	})
}

// TestPublishedKubernetes is a module zip: it lacks the nested modules that its go.work uses and its go.mod replaces by
// directories. That is seen before anything is fetched or compiled.
func TestPublishedKubernetes(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := published(t, kubeModule, "main: ./cmd/kube-apiserver\n")
		r := failsEarly(t, m, dir)
		r.says(t, "go.work:9", "used directory ./staging/src/k8s.io/api has no go.mod in the context")

		if err := os.Remove(filepath.Join(dir, "go.work")); err != nil {
			t.Fatal(err)
		}
		line := lineOf(t, filepath.Join(dir, "go.mod"), "k8s.io/api => ./staging/src/k8s.io/api")
		r = failsEarly(t, m, dir)
		r.says(t, fmt.Sprintf("go.mod:%d", line), "replacement directory ./staging/src/k8s.io/api has no go.mod in the context")
	})
}

func failsEarly(t *testing.T, m mode, dir string) result {
	t.Helper()
	r := m.fail(t, build{dir: dir})
	r.without(t, "resolve", "toolchain", "modules", "scan", "deps", "compile")
	return r
}

// lineOf is the number of the first line that holds text.
func lineOf(t *testing.T, file, text string) int {
	t.Helper()
	before, _, ok := strings.Cut(string(readFile(t, file)), text)
	if !ok {
		t.Fatalf("no %q in %s", text, file)
	}
	return strings.Count(before, "\n") + 1
}
