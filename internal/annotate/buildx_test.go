//go:build unix

package annotate

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestBuildxTakesThem: bake merges the file into a target of another, and understands each value as it was meant. What bake
// prints is escaped as the file is.
func TestBuildxTakesThem(t *testing.T) {
	buildx := findBuildx(t)
	dir := t.TempDir()
	values := map[string]string{
		"title": "plain", "var": "${x}", "if": "%{if}", "dollars": "$${y} $$ 5$", "percent": "%%{z} 5%", "mail": "A <a@example.com>", "lines": "one\ntwo", "quote": `"\`,
	}
	var text strings.Builder
	if err := (Output{Format: FormatBake, Levels: []string{"index", "manifest"}, BakeTarget: "app"}).Write(&text, &Found{Annotations: values, Labels: values}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "docker-bake.hcl")
	if err := os.WriteFile(file, []byte("target \"app\" {\n  tags = [\"kept\"]\n  labels = {title = \"old\", other = \"kept\"}\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), buildx, "bake", "-f", file, "-f", "-", "--print", "app")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(text.String())
	cmd.Env = append(os.Environ(), "BUILDX_CONFIG="+dir, "DOCKER_CONFIG="+dir)
	out, err := cmd.Output()
	if err != nil {
		exit, _ := errors.AsType[*exec.ExitError](err)
		t.Fatalf("docker buildx bake: %v\n%s", err, exit.Stderr)
	}
	var printed struct {
		Target map[string]struct {
			Tags, Annotations []string
			Labels            map[string]string
		}
	}
	if err := json.Unmarshal(out, &printed); err != nil {
		t.Fatal(err)
	}
	app := printed.Target["app"]
	annotations, labels := map[string]string{}, map[string]string{}
	for _, a := range app.Annotations {
		key, value, _ := strings.Cut(strings.TrimPrefix(unescape.Replace(a), "index,manifest:"), "=")
		annotations[key] = value
	}
	for key, value := range app.Labels {
		labels[key] = unescape.Replace(value)
	}
	if diff := cmp.Diff(values, annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	values["other"] = "kept"
	if diff := cmp.Diff(values, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if len(app.Tags) != 1 {
		t.Errorf("tags are %q", app.Tags)
	}
}

// findBuildx looks for it in PATH, and else builds what the integration tests use.
func findBuildx(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"buildx", "docker-buildx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if testing.Short() {
		t.Skip("buildx is missing: it is in PATH neither as buildx nor as docker-buildx, and is built without -short only")
	}
	cache, err := testbed.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := engine.Tools(t.Context(), cache, os.Stderr, "buildx")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "buildx")
}
