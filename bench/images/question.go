//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// question is what tools are asked, each in its own words.
type question struct {
	name  string
	tools []tool
	// largeOnly leaves out the small image.
	largeOnly bool
}

// tool is a program with its arguments. In these A is an image, B one that differs in one file, and C one whose files have other times,
// too. A sample counts only if the output has a certain text, FILE for the file that differs: that of a tool that gave up early has not.
type tool struct {
	name string
	args []string
	says string
}

// questions are all that is measured. Every tool looks at linux/amd64.
func questions() []question {
	return []question{
		{name: "what is wrong with it", tools: []tool{
			{"oci-lint-go", []string{"scan", "--os-arch", "linux/amd64", "--image", "A"}, "linux/amd64 sha256:"},
			{"dockle", []string{"--timeout", "10m", "A"}, "CIS-DI-"},
		}},
		{name: "is there C in it", tools: []tool{
			{"cgo-check", []string{"--platform", "linux/amd64", "--image", "A"}, "linux/amd64"},
		}},
		{name: "what differs, one file", tools: []tool{
			{"oci-diff", []string{"A", "B"}, "FILE"},
			{"diffoci", []string{"diff", "--semantic", "--platform", "linux/amd64", "A", "B"}, "FILE"},
		}},
		{name: "what differs, one file and all times", largeOnly: true, tools: []tool{
			{"oci-diff", []string{"--ignore", "file-times", "A", "C"}, "FILE"},
			{"diffoci", []string{"diff", "--semantic", "--platform", "linux/amd64", "A", "C"}, "FILE"},
		}},
		{name: "what differs in its documents", tools: []tool{
			{"oci-diff", []string{"--metadata", "A", "B"}, "different in"},
			{"regctl", []string{"manifest", "diff", "A", "B"}, "sha256:"},
		}},
	}
}

// ownTools are compiled from this tree, peers from the modules in tools/, which pin them.
var (
	ownTools = []string{"oci-lint-go", "cgo-check", "oci-diff"}
	peers    = []string{"dockle", "diffoci", "regctl"}
)

// buildTools compiles all tools into dir and gives the versions of the peers.
func buildTools(ctx context.Context, dir string) (map[string]string, error) {
	for _, name := range ownTools {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, name), "./cmd/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	versions := map[string]string{}
	for _, name := range peers {
		program, err := testbed.BuildTool(ctx, ".", name, dir)
		if err != nil {
			return nil, err
		}
		if versions[name], err = lab.ModuleVersion(program); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// command is what a user types. Every run has a home of its own, so that none finds what another has pulled.
func (t tool) command(ctx context.Context, dir, home string, i image, s *server) *exec.Cmd {
	args := slices.Clone(t.args)
	for at, arg := range args {
		if slices.Contains([]string{"A", "B", "C"}, arg) {
			args[at] = s.read(i.Name, arg)
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, t.name), args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "SSL_CERT_FILE=" + s.ca, "DIFFOCI_BACKEND=local", "DIFFOCI_LOCAL_CACHE=" + home,
	}
	return cmd
}
