//go:build linux

package integration

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestRelease makes a release twice, in checkouts at different places, with daemons that have nothing in common, once by the steps of the
// release workflow and once of what bake has built; every file of one is that of the other. What is made is signed, and is what the action
// that sets up installs, with which the action that builds pushes an image.
func TestRelease(t *testing.T) {
	if !full() {
		t.Skip("it compiles all commands for six platforms twice: set MODSHIP_TEST_FULL")
	}
	l := setUp(t)
	temp := t.TempDir()
	key := filepath.Join(temp, "given.pem")
	mustRun(t, temp, nil, "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
	const version = "v1.2.3"
	first, second := checkoutAt(t, filepath.Join(t.TempDir(), "a"), version), filepath.Join(t.TempDir(), "a longer place", "b")
	mustRun(t, temp, nil, "git", "clone", "-q", first, second) // this repository may change meanwhile
	mustRun(t, second, nil, "git", "remote", "remove", "origin")

	d := freshDaemon(t)
	env := append(slices.Clone(d.env), "BUILDKIT_HOST="+d.Addr, "RUNNER_TEMP="+temp, "RELEASE_KEY="+string(readFile(t, key)),
		"GITHUB_REF_NAME="+version, "GITHUB_REPOSITORY=release/modship")
	for _, step := range workflowSteps(t, "release.yml", "Take the key", "Make the release", "Check it", "Push the frontend image") {
		mustRun(t, first, env, "bash", "-euo", "pipefail", "-c", strings.ReplaceAll(step, "ghcr.io/", l.registry+"/"))
	}
	frontend := l.registry + "/release/modship:1"
	if digest, err := imageDigest(frontend); err != nil || digest == "" {
		t.Fatalf("the frontend image was not pushed: %v", err)
	}

	d = freshDaemon(t)
	mustRun(t, second, d.env, "make", "release-files")
	bake := []string{filepath.Join(l.tools, "buildx"), "bake", "--builder", builderName, "--progress", "plain", "release"}
	if bundle := systemBundle(); bundle != "" {
		bake = append(bake, "--set", "*.secrets=id=ca,src="+bundle)
	}
	bake = append(bake, "--set", "*.args.GOPROXY="+l.goProxy)
	mustRun(t, second, append(slices.Clone(d.env), "FRONTEND="+frontend), bake...)
	mustRun(t, second, d.env, "make", "release", "BUILT=bin/release", "KEY="+key)
	if names := differing(t, filepath.Join(first, "dist"), filepath.Join(second, "dist")); len(names) > 0 {
		t.Errorf("files that differ or are in one release only:\n%s", strings.Join(names, "\n"))
	}

	mustRun(t, temp, nil, "openssl", "pkey", "-in", key, "-pubout", "-out", "public.pem")
	if _, err := testbed.BuildTool(t.Context(), "..", "cosign", l.tools); err != nil {
		t.Fatal(err)
	}
	sums := filepath.Join(first, "dist", "SHA256SUMS")
	mustRun(t, temp, nil, filepath.Join(l.tools, "cosign"), "verify-blob", "--key", "public.pem", "--signature", sums+".sig", "--insecure-ignore-tlog", sums)

	path := setUpFrom(t, filepath.Join(first, "dist"), version, string(readFile(t, filepath.Join(temp, "public.pem"))))
	for _, name := range []string{"man/modship-build.1", "completions/oci-diff.bash", "LICENSE", "cgo-check", "oci-lint-go"} {
		if _, err := os.Stat(filepath.Join(path, name)); err != nil {
			t.Error(err)
		}
	}
	checkBuildAction(t, path)
}

// TestBuildAction pushes an image by the action, and has its outputs.
func TestBuildAction(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(setUp(t).modship, filepath.Join(dir, "modship")); err != nil {
		t.Fatal(err)
	}
	checkBuildAction(t, dir)
}

func checkBuildAction(t *testing.T, path string) {
	t.Helper()
	l := setUp(t)
	temp := t.TempDir()
	image := l.registry + "/action/hello"
	env := append(slices.Clone(l.daemon.env), "PATH="+path+":"+os.Getenv("PATH"), "BUILDKIT_HOST="+l.daemon.Addr, "RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+filepath.Join(temp, "output"),
		"CONTEXT="+example(t, "hello"), "FILE=", "TARGET=", "PLATFORMS=linux/"+runtime.GOARCH, "TAGS="+image+":1\n"+image+":latest\n", "PUSH=true", "CACHE_FROM=", "CACHE_TO=", "FLAGS=--label\nx.y=a b")
	mustRun(t, temp, env, "../.github/actions/build/build.sh")
	digest, err := imageDigest(image + ":latest")
	if err != nil {
		t.Fatal(err)
	}
	output := string(readFile(t, filepath.Join(temp, "output")))
	for _, want := range []string{"image=" + image + "@" + digest + "\n", "digest=" + digest + "\n", "metadata<<modship_", `"containerimage.digest": "` + digest + `"`} {
		if !strings.Contains(output, want) {
			t.Errorf("the outputs are\n%s\nwithout %s", output, want)
		}
	}
}

// mustRun runs a program in a folder; a path that begins with ../ is one of this repository.
func mustRun(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	if strings.HasPrefix(args[0], "../") {
		own, err := filepath.Abs(args[0])
		if err != nil {
			t.Fatal(err)
		}
		args[0] = own
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, env
	if log, code := run(t, cmd); code != 0 {
		t.Fatalf("%s: exit code %d\n%s", strings.Join(args, " "), code, log)
	}
}

// checkoutAt makes a checkout of this repository as it is now, at a commit of its own that is a version.
func checkoutAt(t *testing.T, dir, version string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "..", nil, "bash", "-c", fmt.Sprintf("git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t %q", dir))
	git := []string{"git", "-c", "user.name=a", "-c", "user.email=a@a.example"}
	env := append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-qm", "release"}, {"tag", version}} {
		mustRun(t, dir, env, append(slices.Clone(git), args...)...)
	}
	return dir
}

// workflowSteps gives what the steps of a workflow run that have these names.
func workflowSteps(t *testing.T, workflow string, names ...string) []string {
	t.Helper()
	var doc struct {
		Jobs map[string]struct{ Steps []struct{ Name, Run string } }
	}
	if err := yaml.Unmarshal(readFile(t, filepath.Join("../.github/workflows", workflow)), &doc); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, name := range names {
		for _, job := range doc.Jobs {
			for _, s := range job.Steps {
				if s.Name == name {
					lines = append(lines, s.Run)
				}
			}
		}
	}
	if len(lines) != len(names) {
		t.Fatalf("%s has %d of the steps %q", workflow, len(lines), names)
	}
	return lines
}

// setUpFrom runs the action that sets up, and gives the folder that it adds to PATH.
func setUpFrom(t *testing.T, dist, version, public string) string {
	t.Helper()
	server := httptest.NewServer(http.StripPrefix("/"+version, http.FileServer(http.Dir(dist))))
	defer server.Close()
	temp := t.TempDir()
	env := append(os.Environ(), "GITHUB_ACTION_PATH="+temp, "GITHUB_PATH="+filepath.Join(temp, "path"), "RUNNER_TEMP="+temp,
		"VERSION="+version, "PUBLIC_KEY="+public, "RELEASES="+server.URL)
	mustRun(t, temp, env, "../.github/actions/setup/setup.sh")
	return strings.TrimSpace(string(readFile(t, filepath.Join(temp, "path"))))
}

// differing names the files that two folders do not both have with the same content.
func differing(t *testing.T, first, second string) []string {
	t.Helper()
	a, b := readFolder(t, first), readFolder(t, second)
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		dataA, inA := a[name]
		dataB, inB := b[name]
		return inA && inB && bytes.Equal(dataA, dataB)
	})
}
