//go:build linux

package integration

import (
	"strings"
	"testing"
)

// TestConfigMistakes has two mistakes in one file: both are shown, each with its line, and what was meant.
func TestConfigMistakes(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "man: ./cmd\nimage:\n  user: root\n  port: [8080]\n")
		r := m.fail(t, build{dir: dir})
		r.says(t, "Dockerfile:2", "Dockerfile:4", "Dockerfile:5", ">>> man: ./cmd", ">>>   port: [8080]", `did you mean "main"?`, `did you mean "ports"?`)
		r.exits(t, m, 2)
		if first, second := strings.Index(r.log, ">>> man:"), strings.Index(r.log, ">>>   port:"); first > second {
			t.Errorf("the mistakes are shown in another order than that of the file:\n%s", r.log)
		}
	})
}

func TestUnknownTarget(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "targets:\n  worker: {}\n  server: {}\n")
		r := m.fail(t, build{dir: dir, flags: []string{"--target", "woker"}})
		r.says(t, "woker", `did you mean "worker"?`, "server")
		r.exits(t, m, 2)
	})
}

// TestBrokenSource fails in the compile: that is no mistake of the configuration.
func TestBrokenSource(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		source := string(readFile(t, dir+"/main.go"))
		edit(t, dir, "main.go", strings.Replace(source, "runtime.GOOS", "runtime.GOOOS", 1))
		r := m.fail(t, build{dir: dir})
		r.says(t, "main.go:10", "undefined: runtime.GOOOS")
		r.exits(t, m, 1)
	})
}
