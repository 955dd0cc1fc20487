package licenses_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// moduleDirs gives the directories of the modules of packages, by module path. It stays offline.
func moduleDirs(t *testing.T, packages ...string) map[string]string {
	t.Helper()
	args := append([]string{"list", "-f", "{{with .Module}}{{.Path}}\t{{.Dir}}{{end}}"}, packages...)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOTOOLCHAIN=local")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		dirs[path] = dir
	}
	return dirs
}
