//go:build linux

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/modship-build/modship/internal/testing/firstminute"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// The slowest test is the last.

const helloPrints = "hello from ${platform}\n"

// TestFirstMinute types what README.md has readers type in their first minute, at each of its desks: with Docker, which builds the frontend image
// of this repository with modship; with a builder of buildx; without Docker and without root; in CI, what docs/ci.md has runners run. With -update
// docs/first-minute.md has what was seen, when `go generate ./internal/docgen` has run.
func TestFirstMinute(t *testing.T) {
	needFull(t)
	n := newNewcomer(t)
	pages := firstminute.Read(t, "..")
	docker := openTerminal(t, n.checkout, n.withDocker)
	withDocker := []string{n.version(t, "dockerd"), n.version(t, "buildx")}
	n.records(t, firstminute.WithDocker, append(withDocker, "Go's caches are warm"), func(t *testing.T) []firstminute.Typed {
		typed := n.does(t, docker, pages[firstminute.WithDocker])
		n.frontendImage(t)
		n.loaded(t, "hello", filepath.Join(n.checkout, "examples/hello"), "hello from linux/amd64\n")
		return typed
	})
	n.records(t, firstminute.WithBuilder, append(withDocker, n.version(t, "buildkitd"), "behind the commands above"), func(t *testing.T) []firstminute.Typed {
		typed := n.does(t, docker, pages[firstminute.WithBuilder])
		n.runs(t, result{pushed: n.address + "/hello:1"}, helloPrints)
		return typed
	})
	n.records(t, firstminute.WithoutDocker, []string{"a user who is not root, with newuidmap", "buildkitd is built", "Go's caches are warm"}, func(t *testing.T) []firstminute.Typed {
		x, checkout := n.withoutRoot(t)
		typed := n.does(t, x, pages[firstminute.WithoutDocker])
		archive := filepath.Join(checkout, "bin/hello.tar")
		n.runs(t, result{archive: archive}, helloPrints)
		if info, err := os.Stat(archive); err != nil || info.Sys().(*syscall.Stat_t).Uid == 0 {
			t.Errorf("who made the archive: %+v, %v", info, err)
		}
		return typed
	})
	n.records(t, firstminute.InCI, []string{"root, without Docker", "buildkitd is built", "Go's caches are warm"}, func(t *testing.T) []firstminute.Typed {
		return n.runner(t, pages[firstminute.InCI])
	})
}

// records does what is done at a desk, and writes down what was seen there.
func (n *newcomer) records(t *testing.T, name string, with []string, do func(t *testing.T) []firstminute.Typed) {
	t.Run(name, func(t *testing.T) {
		golang, err := goEnv("GOVERSION")
		if err != nil {
			t.Fatal(err)
		}
		seen := firstminute.Desk{Name: name, Typed: do(t)}
		seen.With = slices.Concat([]string{fmt.Sprintf("%s/%s with %d processors", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), golang}, with)
		if !t.Failed() {
			firstminute.Record(t, "..", seen)
		}
	})
}

// version names a program and its version.
func (n *newcomer) version(t *testing.T, program string) string {
	t.Helper()
	dir := n.tools
	if program == "dockerd" {
		dir = n.desk.tools
	}
	version, err := testbed.Version(filepath.Join(dir, program))
	if err != nil {
		t.Fatal(err)
	}
	return program + " " + version
}

// frontendImage looks at the image that was built and pushed first. That it builds, what is built next shows.
func (n *newcomer) frontendImage(t *testing.T) {
	t.Helper()
	config, err := result{pushed: n.address + "/modship:1"}.image(t).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.Labels["moby.buildkit.frontend.network.none"] != "true" {
		t.Errorf("labels of the frontend image: %v", config.Config.Labels)
	}
}

// runner runs what the workflow of docs/ci.md runs itself: its actions check out modship and the project beside it.
func (n *newcomer) runner(t *testing.T, steps []firstminute.Step) []firstminute.Typed {
	dir := t.TempDir()
	if err := os.Symlink(n.checkout, filepath.Join(dir, "modship")); err != nil {
		t.Fatal(err)
	}
	copyDir(t, filepath.Join(n.checkout, "examples/hello"), filepath.Join(dir, "app"))
	n.theirs = append(n.theirs, dir, "~")
	typed := n.does(t, n.withoutDocker(t, dir, "GITHUB_REF_NAME=v1.2.3"), steps)
	n.runs(t, result{pushed: n.address + "/me/app:v1.2.3"}, helloPrints)
	if !inRegistry(n.address + "/me/app:cache") {
		t.Error("no cache was exported")
	}
	return typed
}

// TestGettingStarted types docs/getting-started.md from its beginning to its end, and compares what it shows.
func TestGettingStarted(t *testing.T) {
	n := newNewcomer(t)
	if n.desk == nil {
		// TestFirstMinute builds it. crane may not serve yet.
		n.instead["modship build . -t localhost:5001/modship:1 --push"] =
			"until crane copy " + n.frontend + " localhost:5001/modship:1; do sleep 0.1; done"
	}
	sections := map[string][]firstminute.Step{}
	for _, section := range strings.Split(string(readFile(t, "../docs/getting-started.md")), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		if steps := firstminute.StepsOf(text); steps != nil {
			sections[heading] = steps
		}
	}
	do := func(x *terminal, headings ...string) {
		t.Helper()
		for _, heading := range headings {
			n.does(t, x, sections[heading])
			delete(sections, heading)
		}
	}
	greet := filepath.Join(filepath.Dir(n.checkout), "greet")
	docker := openTerminal(t, n.checkout, n.withDocker)
	do(docker, "Before: build modship", "A module", "1. With Docker")
	n.loaded(t, "greet", greet, "1.234.567\n")
	do(docker, "2. With a builder of buildx")
	n.runs(t, result{pushed: n.address + "/greet:1"}, "1.234.567\n")
	without := n.withoutDocker(t, greet, "PATH="+filepath.Join(n.checkout, "bin")+":"+os.Getenv("PATH"))
	do(without, "3. Without Docker", "Change something")
	n.runs(t, result{pushed: n.address + "/greet:2"}, "7.654.321\n")
	do(without, "Settings")
	config, err := result{pushed: n.address + "/greet:3"}.image(t).ConfigFile()
	if err != nil || config.Config.User != "2000:2000" {
		t.Errorf("the user is %q, %v", config.Config.User, err)
	}
	for heading := range sections {
		t.Errorf("nobody has done what is below %q", heading)
	}
}
