package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// completed is what a shell is given for a command line.
func completed(t *testing.T, words ...string) []string {
	t.Helper()
	env, _, _ := testEnv(t, nil)
	root := &cobra.Command{Use: "modship"}
	root.AddCommand(NewBuildCommand(env), newPlanCommand(env))
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(append([]string{cobra.ShellCompNoDescRequestCmd}, words...))
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1] // the last is the directive
}

// TestCompletion: values of flags are completed, and those of lists behind each comma.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	writeFile(t, dir, "cmd/api/main.go", "package main\n\nfunc main() {}\n")
	writeFile(t, dir, "cmd/worker/main.go", "package main\n\nfunc main() {}\n")
	home := t.TempDir()
	writeFile(t, home, "instances/ship", `{"Name": "ship", "Driver": "remote", "Nodes": [{"Name": "ship0", "Endpoint": "unix:///nonexistent"}]}`)
	t.Setenv("BUILDX_CONFIG", home)
	configured := t.TempDir()
	writeFile(t, configured, "modship.yaml", "args: {PORT: 1}\ntargets: {one: {}, two: {}}\n")
	for _, test := range []struct{ words, want []string }{
		{[]string{"build", "--progress", ""}, progressModes},
		{[]string{"build", "--compression", ""}, compressions},
		{[]string{"build", "--builder", ""}, []string{"default", "private", "ship"}},
		{[]string{"build", "--load=k"}, []string{"kind"}},
		{[]string{"build", "--platform", "linux/arm/v7"}, []string{"linux/arm/v7"}},
		{[]string{"build", "--compression", "z"}, []string{"zstd"}},
		{[]string{"build", "--platform", "linux/arm64/v8.1"}, []string{"linux/arm64/v8.1"}},
		{[]string{"build", "--platform", "linux/amd64,linux/s3"}, []string{"linux/amd64,linux/s390x"}},
		{[]string{"build", "--output", "type=o"}, []string{"type=oci,dest="}},
		{[]string{"build", "--cache-to", "type=reg"}, []string{"type=registry,ref="}},
		{[]string{"build", "--no-cache-filter", "comp"}, []string{"compile"}},
		{[]string{"build", dir, "--target", ""}, []string{"api", "worker", "binaries", "sbom"}},
		{[]string{"build", filepath.Join(dir, "cmd", "api"), "--target", ""}, []string{"api", "worker", "binaries", "sbom"}},
		{[]string{"build", dir + "/cmd/...", "--target", ""}, []string{"api", "worker", "binaries", "sbom"}},
		{[]string{"build", dir, "--target", "api,w"}, []string{"api,worker"}},
		{[]string{"build", configured, "--target", ""}, []string{"one", "two", "binaries", "sbom"}},
		{[]string{"build", configured, "--build-arg", "P"}, []string{"PORT="}},
		{[]string{"plan", "--format", ""}, []string{"text", "json"}},
		{[]string{"build", "--since", ""}, []string{}},
	} {
		if got := completed(t, test.words...); !slices.Equal(got, test.want) {
			t.Errorf("%q is completed by %q, want %q", test.words, got, test.want)
		}
	}
}

// TestGroups: each flag of a build stands in the help once, under a heading.
func TestGroups(t *testing.T) {
	env, _, _ := testEnv(t, nil)
	cmd := NewBuildCommand(env)
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	if err := cmd.Usage(); err != nil {
		t.Fatal(err)
	}
	help := out.String()
	last := 0
	for _, want := range []string{"Usage:\n  build [", "Examples:\n", "\nWhat is built:\n", "--since REF", "\nWhat it is built with:\n", "--secret", "\nWhat becomes of it:\n", "--tag", "\nThe build cache:\n", "--cache-to", "\nBuildKit and its progress:\n", "--addr"} {
		i := strings.Index(help, want)
		if i < last {
			t.Fatalf("%q is missing or out of order:\n%s", want, help)
		}
		last = i
	}
	for _, h := range headings(cmd.Flags()) {
		if h == "" {
			continue
		}
		if strings.Count(help, "\n"+h+":\n") != 1 {
			t.Errorf("the heading %q does not stand there once", h)
		}
	}
}
