package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
)

// testEnv is a machine with the given environment variables, no Go, and no BuildKit.
func testEnv(t *testing.T, variables map[string]string) (env Env, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	t.Setenv("DOCKER_CONFIG", t.TempDir()) // read by docker's own library
	return Env{
		Stdin:      new(bytes.Buffer),
		Stdout:     stdout,
		Stderr:     stderr,
		LookupEnv:  lookup(variables),
		GoEnv:      func(context.Context) ([]GoEnvFile, error) { return nil, nil },
		Hostname:   "host",
		Executable: staticELF(t, "amd64"),
		Connect:    func(context.Context, DaemonOptions) (*Daemon, error) { return nil, errors.New("no BuildKit here") },
	}, stdout, stderr
}

func lookup(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

// writeFile creates a file below dir, with the directories it needs.
func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// messages are the texts of all mistakes.
func messages(l diag.List) []string {
	var all []string
	for _, e := range diag.All(l.Err()) {
		all = append(all, e.Error())
	}
	return all
}

// requestOf is what a build with the options asks of BuildKit.
func requestOf(o BuildOptions, in inputs, mistakes *diag.List) client.SolveOpt {
	opt := o.solveOpt(in, mistakes)
	outputs := o.Output.parse(new(bytes.Buffer), mistakes)
	o.Output.compress(outputs, func() bool { return false }, mistakes)
	o.addTo(&opt, outputs, mistakes)
	return opt
}
