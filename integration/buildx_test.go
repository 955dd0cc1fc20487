//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// docker prepares a command of the docker CLI with the pinned buildx as its plugin.
func docker(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	need(t, "docker", "docker.io or docker-cli")
	l := setUp(t)
	config := t.TempDir()
	plugins := filepath.Join(config, "cli-plugins")
	if err := os.Mkdir(plugins, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(l.tools, "buildx"), filepath.Join(plugins, "docker-buildx")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "docker", args...)
	cmd.Env = append(l.daemon.env, "DOCKER_CONFIG="+config)
	return cmd
}

// TestDockerBuildx is the build that most users type.
func TestDockerBuildx(t *testing.T) {
	l := setUp(t)
	r := result{archive: filepath.Join(t.TempDir(), "image.tar")}
	args := []string{"buildx", "build", "--builder", builderName, "--progress", "plain", "--output", "type=oci,dest=" + r.archive}
	args = append(append(args, l.machineFlags(build{})...), example(t, "hello"))
	if log, code := run(t, docker(t, args...)); code != 0 {
		t.Fatalf("docker buildx build: exit code %d\n%s", code, log)
	}
	r.runs(t, "hello from linux/amd64")
}

// TestDockerBake builds two platforms of a bake file.
func TestDockerBake(t *testing.T) {
	l := setUp(t)
	r := result{archive: filepath.Join(t.TempDir(), "image.tar")}
	secret := ""
	if bundle := systemBundle(); bundle != "" {
		secret = fmt.Sprintf("secret = [%q]", "id=ca,src="+bundle)
	}
	dir := t.TempDir()
	edit(t, dir, "docker-bake.hcl", fmt.Sprintf(`
target "default" {
  context = %q
  platforms = ["linux/amd64", "linux/arm64"]
  args = { GOPROXY = %q }
  %s
  output = ["type=oci,dest=%s"]
}
`, example(t, "hello"), l.goProxy, secret, r.archive))
	cmd := docker(t, "buildx", "bake", "--builder", builderName, "--progress", "plain", "--allow", "fs=*",
		"--file", filepath.Join(dir, "docker-bake.hcl"))
	if log, code := run(t, cmd); code != 0 {
		t.Fatalf("docker buildx bake: exit code %d\n%s", code, log)
	}
	for platform, img := range r.images(t) {
		if got := programOf(t, img).output(t); got != "hello from "+platform+"\n" {
			t.Errorf("the program for %s printed %q", platform, got)
		}
	}
}

// TestCalls asks for what a build would do.
func TestCalls(t *testing.T) {
	l := setUp(t)
	good := example(t, "hello")
	configure(t, good, "args: {PORT: 8080}\nimage: {ports: [\"${PORT}\"]}\ntargets:\n  worker: {}\n")
	bad := example(t, "hello")
	configure(t, bad, "imag: {}\n")
	broken := example(t, "hello")
	edit(t, broken, "main.go", "package main\n\nimport _ \"golang.org/x/text/language\"\n\nfunc main() {}\n")
	ruled, quiet := breaksRules(t, ""), breaksRules(t, "# check=skip=all\n")
	call := func(method, dir string) (string, int) {
		if method == "modship check" {
			cmd := exec.CommandContext(t.Context(), l.modship, "check", "--addr", l.daemon.Addr, "--progress", "quiet", dir)
			cmd.Env = l.daemon.env
			return run(t, cmd)
		}
		args := []string{"buildx", "build", "--builder", builderName, "--progress", "plain", "--call", method}
		args = append(append(args, l.machineFlags(build{})...), dir)
		return run(t, docker(t, args...))
	}
	for _, c := range []struct {
		method, dir string
		code        int
		want        []string
	}{
		{"modship check", good, 0, nil},
		{"modship check", bad, 1, []string{"Dockerfile:2", "imag", `did you mean "image"?`}},
		{"modship check", ruled, 1, []string{"WARNING: local-replace - https://github.com/modship-build/modship/blob/main/docs/rules.md#local-replace", "go.mod:"}},
		{"modship check", quiet, 0, nil},
		{"outline", good, 0, []string{"PORT", "8080", "GOPROXY", "SOURCE_DATE_EPOCH", "netrc"}},
		{"targets", good, 0, []string{"default", "worker"}},
		{"check", good, 0, []string{"no warnings found"}},
		{"check", bad, 1, []string{"Dockerfile:2", "imag", `did you mean "image"?`}},
		{"check", ruled, 1, []string{
			"WARNING: local-replace - https://github.com/modship-build/modship/blob/main/docs/rules.md#local-replace", "example.com/lib is replaced by the folder ./lib", "go.mod:",
			"WARNING: secrets - https://github.com/modship-build/modship/blob/main/docs/rules.md#secrets", "Dockerfile:2",
		}},
		{"check", quiet, 0, []string{"no warnings found"}},
		{"check", broken, 1, []string{"main.go:3", "no required module provides package golang.org/x/text/language"}},
	} {
		log, code := call(c.method, c.dir)
		if code != c.code {
			t.Errorf("--call=%s: exit code %d, want %d:\n%s", c.method, code, c.code, log)
		}
		for _, want := range c.want {
			if !strings.Contains(log, want) {
				t.Errorf("--call=%s does not say %q:\n%s", c.method, want, log)
			}
		}
	}
}

// breaksRules is a module that breaks rules for builds; config is the text after the syntax line.
func breaksRules(t *testing.T, config string) string {
	t.Helper()
	dir := example(t, "hello")
	goMod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, dir, "go.mod", string(goMod)+"\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ./lib\n")
	edit(t, dir, "lib/go.mod", "module example.com/lib\n\ngo 1.26\n")
	edit(t, dir, "lib/lib.go", "package lib\n")
	configure(t, dir, config+"image: {env: {API_TOKEN: abc}}\n")
	return dir
}
