//go:build linux

package integration

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// phase is a part of a build, with what a process of it has in its command line, or what the log says when it begins.
type phase struct{ name, process, log string }

var (
	fetching  = phase{"toolchain", "/modship\x00step\x00toolchain", "[toolchain]"}
	compiling = phase{name: "deps", process: "/pkg/tool/"}
	linking   = phase{"compile", "/modship\x00step\x00compile", "compile] go build"}
)

// reached tells whether a build on d is in the phase.
func (p phase) reached(t *testing.T, d *daemon, r *running) bool {
	t.Helper()
	return p.log != "" && strings.Contains(r.log.String(), p.log) || d.runs(t, p.process)
}

// TestKilledDaemon kills buildkitd in each phase of a build, starts it again on what it left, and repeats the command.
func TestKilledDaemon(t *testing.T) {
	d := freshDaemon(t)
	b := build{dir: unbuilt(t, "killed-daemon"), daemon: d}
	for _, c := range []struct {
		mode  mode
		phase phase
	}{{client, fetching}, {syntax, compiling}, {client, linking}} {
		r := c.mode.launch(t, b)
		r.until(t, c.phase.name+" runs", func() bool { return c.phase.reached(t, d, r) })
		d.kill(t)
		failed := r.wait(t)
		d.restart(t)
		if c.mode.name == client.name {
			failed.says(t, "error: BuildKit went away in the middle of the build", "run the same command again")
		}
		failed.exits(t, c.mode, 1)
		failed.leavesNoArchive(t)
	}
	r := client.build(t, b)
	r.runs(t, "hello from linux/amd64")
	r.reused(t, "toolchain", "deps") // what was finished before the last kill is kept
	syntax.build(t, b).runs(t, "hello from linux/amd64")
}

// TestKilledClient kills the client while a compiler runs, and BuildKit ends the step.
func TestKilledClient(t *testing.T) {
	l := setUp(t)
	b := build{dir: unbuilt(t, "killed-client")}
	eachMode(t, func(t *testing.T, m mode) {
		r := m.launch(t, b)
		r.until(t, "a compiler runs", func() bool { return compiling.reached(t, l.daemon, r) })
		if err := r.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-r.ended
		if !killed(r.cmd) {
			t.Fatalf("the client ended before it was killed:\n%s", r.log.String())
		}
		result{archive: r.archive}.leavesNoArchive(t)
		soon(t, "BuildKit has ended the build steps", func() bool { return !l.daemon.runs(t, "/modship\x00step") })
	})
	eachMode(t, func(t *testing.T, m mode) { m.build(t, b).runs(t, "hello from linux/amd64") })
}

// TestKilledClientOfPush kills the client while the manifest, which makes the tag, is on its way to the registry.
func TestKilledClientOfPush(t *testing.T) {
	registry := newFaultyRegistry(t)
	eachMode(t, func(t *testing.T, m mode) {
		name := "killed-push:" + m.name
		b := registry.push(example(t, "hello"), name)
		silence := registry.hang(t, func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/")
		})
		r := m.launch(t, b)
		silence.begins(t, r)
		if err := r.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-r.ended
		silence.ends(t)
		registry.works()
		registry.lacks(t, name)
		m.build(t, b)
		registry.has(t, name)
	})
}

// TestKilledFrontend kills the frontend in its container.
func TestKilledFrontend(t *testing.T) {
	l := setUp(t)
	b := build{dir: unbuilt(t, "killed-frontend")}
	r := syntax.launch(t, b)
	r.until(t, "a compiler runs", func() bool { return compiling.reached(t, l.daemon, r) })
	pid := l.daemon.find(t, "/modship\x00frontend")
	if out, code := run(t, exec.CommandContext(t.Context(), "kill", "-KILL", pid)); code != 0 {
		t.Fatalf("killing the frontend: %s", out)
	}
	failed := r.wait(t)
	if failed.code == 0 {
		t.Error("the build succeeded")
	}
	saysLast(t, failed, "exit code: 137")
	failed.leavesNoArchive(t)
	soon(t, "BuildKit has ended the build steps", func() bool { return !l.daemon.runs(t, "/modship\x00step") })
	syntax.build(t, b).runs(t, "hello from linux/amd64")
}

// find gives the PID of the daemon's process that has text in its command line.
func (d *daemon) find(t *testing.T, text string) string {
	t.Helper()
	for _, pid := range d.processes(t)[1:] {
		cmdline, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if strings.Contains(string(cmdline), text) && !bytes.Contains(cmdline, []byte("runc")) {
			return pid
		}
	}
	t.Fatalf("no process %q", text)
	return ""
}

// unbuilt is examples/hello as a module of a name that nobody has built: compiled packages are kept for each module.
func unbuilt(t *testing.T, name string) string {
	t.Helper()
	dir := example(t, "hello")
	edit(t, dir, "go.mod", "module example.com/"+name+"\n\ngo 1.26\n")
	return dir
}
