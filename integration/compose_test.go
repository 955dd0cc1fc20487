//go:build linux

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// compose has a program in it, docker-compose, which is a plugin of docker.
var composeTools = testbed.Module{Name: "compose"}

// composeFile is a service whose whole Dockerfile is the syntax line.
func (m *matrix) composeFile(t *testing.T, image string) string {
	t.Helper()
	var args, secrets, names strings.Builder
	for _, a := range m.args {
		name, value, _ := strings.Cut(a, "=")
		fmt.Fprintf(&args, "        %s: %q\n", name, value)
	}
	for i := 1; i < len(m.flags); i += 2 {
		id, file, _ := strings.Cut(strings.TrimPrefix(m.flags[i], "id="), ",src=")
		fmt.Fprintf(&names, "        - %s\n", id)
		fmt.Fprintf(&secrets, "  %s: {file: %q}\n", id, file)
	}
	dir := t.TempDir()
	edit(t, dir, "compose.yaml", fmt.Sprintf(`name: modship-matrix
services:
  app:
    image: %s
    network_mode: none
    build:
      context: %q
      dockerfile_inline: "# syntax=%s"
      cache_from: ["type=registry,ref=%s"]
      args:
%s      secrets:
%ssecrets:
%s`, image, m.dir, lab.frontend, m.cache, &args, &names, &secrets))
	return filepath.Join(dir, "compose.yaml")
}

// compose builds a service of a compose file, and starts it.
func (m *matrix) compose(t *testing.T) {
	m.part(t, "compose", "bake", func(t *testing.T) {
		const image = "modship-matrix:bake"
		m.desk.must(t, "docker", "buildx", "bake", "--builder", "default", "--progress", "plain", "--allow", "fs=*", "-f", m.composeFile(t, image))
		if got := m.desk.runImage(t, image); got != "mum's the word\n" {
			t.Errorf("the program printed %q", got)
		}
	})
	m.part(t, "compose", "compose", func(t *testing.T) {
		home := m.desk.home(t)
		if err := os.Symlink(m.program(t, "compose"), filepath.Join(home, ".docker", "cli-plugins", "docker-compose")); err != nil {
			t.Fatal(err)
		}
		file := m.composeFile(t, "modship-matrix:compose")
		m.desk.must(t, "docker", "compose", "-f", file, "build")
		m.desk.undo(t, "docker", "compose", "-f", file, "down")
		out := m.desk.must(t, "docker", "compose", "-f", file, "up", "--no-build", "--exit-code-from", "app")
		if !strings.Contains(out, "mum's the word") {
			t.Errorf("the service printed %q", out)
		}
	})
}
