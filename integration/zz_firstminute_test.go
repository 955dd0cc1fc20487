//go:build linux

package integration

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// The slowest test is the last.

const helloPrints = "hello from ${platform}\n"

// TestFirstMinute types what README.md has readers type in their first minute, at each of its desks: with Docker, which builds the frontend image
// of this repository with modship; with a builder of buildx; without Docker; in CI, what docs/ci.md has runners run. What is replaced
// without MODSHIP_TEST_FULL, newcomer says.
func TestFirstMinute(t *testing.T) {
	needFull(t)
	n := newNewcomer(t)
	desks := parts(t, string(readFile(t, "../README.md")), "The first minute")
	if diff := cmp.Diff([]string{"In CI", "With Docker", "With a builder of buildx", "Without Docker"}, slices.Sorted(maps.Keys(desks))); diff != "" {
		t.Errorf("desks of README.md (-tried +there):\n%s", diff)
	}
	docker := openTerminal(t, n.checkout, n.withDocker)
	t.Run("With Docker", func(t *testing.T) {
		n.does(t, docker, stepsOf(desks["With Docker"]))
		n.frontendImage(t)
		n.loaded(t, "hello", filepath.Join(n.checkout, "examples/hello"), "hello from linux/amd64\n")
	})
	t.Run("With a builder of buildx", func(t *testing.T) {
		n.does(t, docker, stepsOf(desks["With a builder of buildx"]))
		n.runs(t, result{pushed: n.address + "/hello:1"}, helloPrints)
	})
	t.Run("Without Docker", func(t *testing.T) {
		n.does(t, n.withoutDocker(t, n.checkout), stepsOf(desks["Without Docker"]))
		n.runs(t, result{archive: filepath.Join(n.checkout, "bin/hello.tar")}, helloPrints)
	})
	t.Run("In CI", n.runner)
}

// parts cuts what is below a heading of a page into what begins with words in bold face.
func parts(t *testing.T, page, heading string) map[string]string {
	t.Helper()
	_, text, _ := strings.Cut(page, "\n## "+heading+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	found := map[string]string{}
	for _, part := range strings.Split(text, "\n**")[1:] {
		name, text, _ := strings.Cut(part, "**")
		found[name] = text
	}
	return found
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
func (n *newcomer) runner(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(n.checkout, filepath.Join(dir, "modship")); err != nil {
		t.Fatal(err)
	}
	copyDir(t, filepath.Join(n.checkout, "examples/hello"), filepath.Join(dir, "app"))
	x := n.withoutDocker(t, dir, "GITHUB_REF_NAME=v1.2.3")
	var steps []step
	for _, block := range pageBlock.FindAllStringSubmatch(string(readFile(t, "../docs/ci.md")), -1) {
		var workflow struct {
			Jobs map[string]struct{ Steps []struct{ Run string } }
		}
		if block[1] != "yml" || !strings.Contains(block[2], "\njobs:\n") {
			continue
		}
		if err := yaml.Unmarshal([]byte(block[2]), &workflow); err != nil {
			t.Fatal(err)
		}
		for _, job := range workflow.Jobs {
			for _, s := range job.Steps {
				if s.Run != "" {
					steps = append(steps, step{command: strings.TrimSpace(s.Run)})
				}
			}
		}
	}
	n.does(t, x, steps)
	n.runs(t, result{pushed: n.address + "/me/app:v1.2.3"}, helloPrints)
	if !inRegistry(n.address + "/me/app:cache") {
		t.Error("no cache was exported")
	}
}

// TestGettingStarted types docs/getting-started.md from its beginning to its end, and compares what it shows.
func TestGettingStarted(t *testing.T) {
	n := newNewcomer(t)
	if n.desk == nil {
		// TestFirstMinute builds it. crane may not serve yet.
		n.instead["modship build . -t localhost:5001/modship:1 --push"] =
			"until crane copy " + n.frontend + " localhost:5001/modship:1; do sleep 0.1; done"
	}
	sections := map[string][]step{}
	for _, section := range strings.Split(string(readFile(t, "../docs/getting-started.md")), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		if steps := stepsOf(text); steps != nil {
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
