//go:build linux

package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship-build/modship/internal/stepprogram"
)

// TestUpgrade builds with this modship, and then with the next release: another program, whose steps are the same. Whoever uses it, a
// client or the frontend image, builds nothing again.
func TestUpgrade(t *testing.T) {
	l := setUp(t)
	dir := example(t, "web")
	goMod := string(readFile(t, filepath.Join(dir, "go.mod")))
	edit(t, dir, "go.mod", strings.Replace(goMod, "module example.com/web\n", "module example.com/upgrade\n", 1))
	first := client.build(t, build{dir: dir})
	first.executed(t, "compile")

	next := l.nextRelease(t)
	stages := []string{"toolchain", "modules", "scan", "analyze", "deps", "compile"}
	newClient := mode{"client of the next release", func(l *laboratory, d *daemon, b build) ([]string, []string) {
		args, env := clientCommand(l, d, b)
		return append([]string{next}, args[1:]...), env
	}}
	second := newClient.build(t, build{dir: dir})
	second.cached(t, stages...)
	if a, b := digestOf(t, first), digestOf(t, second); a != b {
		t.Errorf("the images are %s and %s", a, b)
	}

	image := l.pushNext(t, next)
	newFrontend := syntax.build(t, build{dir: dir, args: []string{"BUILDKIT_SYNTAX=" + image}})
	newFrontend.cached(t, stages...)
	// To lay out the program, which takes 0.2 s, is keyed by where the layers below it come from. On a busy machine BuildKit v0.33.1 was
	// seen to do it again once, and never on a quiet one.
	for _, r := range []result{second, newFrontend} {
		for _, v := range r.vertices() {
			laysOut := strings.HasSuffix(v.name, "add the program") || strings.HasSuffix(v.name, "merge layers")
			if !v.cached && strings.HasPrefix(v.name, "[") && !strings.HasPrefix(v.name, "[internal]") && !laysOut {
				t.Errorf("%s was executed:\n%s", v.name, r.log)
			}
		}
	}
}

// nextRelease builds modship with another version, and a frontend that says other things.
func (l *laboratory) nextRelease(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	replaced := map[string]string{}
	for name, change := range map[string][2]string{
		"internal/cli/version.go": {`"modship " +`, `"modship of next year, " +`},
		"frontend/summary.go":     {"// InlineMessage is", "// NextYear is new.\nconst NextYear = true\n\n// InlineMessage is"},
	} {
		path, err := filepath.Abs(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(readFile(t, path))
		if !strings.Contains(text, change[0]) {
			t.Fatalf("%s does not hold %s", name, change[0])
		}
		changed := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(changed, []byte(strings.Replace(text, change[0], change[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		replaced[path] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	list, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "modship")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-overlay", list, "-o", program, "../cmd/modship")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the next release: %v\n%s", err, out)
	}
	said, err := exec.CommandContext(t.Context(), program, "version").Output()
	if err != nil || !strings.HasPrefix(string(said), "modship of next year") {
		t.Fatalf("the next release is %q, %v", said, err)
	}
	return program
}

// pushNext pushes the frontend image of the next release.
func (l *laboratory) pushNext(t *testing.T, program string) string {
	t.Helper()
	image, err := frontendConfig()
	if err != nil {
		t.Fatal(err)
	}
	labels, err := image.LiteralLabels()
	if err != nil {
		t.Fatal(err)
	}
	step := stepprogram.Name(runtime.GOARCH)
	img, err := newImage(v1.Config{Entrypoint: image.Entrypoint, Labels: labels},
		imageFile{name: "usr/local/bin/modship", mode: 0o755, data: readFile(t, program)},
		imageFile{name: "usr/local/bin/" + step, mode: 0o755, data: readFile(t, filepath.Join("../bin", step))})
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := l.push("modship:next", img)
	if err != nil {
		t.Fatal(err)
	}
	return pushed
}
