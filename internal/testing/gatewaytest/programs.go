//go:build linux

package gatewaytest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// shared is a folder for what the tests of a package have in common.
var shared string

// Main is the TestMain of packages whose tests use a [Client].
func Main(m *testing.M) {
	var err error
	if shared, err = os.MkdirTemp("", "gatewaytest"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(shared); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// programs is the folder of the programs that steps need, built once: modship-step, and inside of testdata, which runs it.
var programs = sync.OnceValues(func() (string, error) {
	if shared == "" {
		return "", errors.New("the package has no TestMain that calls gatewaytest.Main")
	}
	const testdata = "github.com/modship-build/modship/internal/testing/gatewaytest/testdata/"
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", shared+"/", "github.com/modship-build/modship/cmd/modship-step", testdata+"inside")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // the root of a step has no loader
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the programs of steps: %w\n%s", err, text)
	}
	dir := filepath.Join(shared, "client")
	return shared, errors.Join(os.Mkdir(dir, 0o755), os.Rename(filepath.Join(shared, "modship-step"), filepath.Join(dir, "modship")))
})

// StepProgram is a folder with modship as far as steps run it, as a client sends it.
func StepProgram(t testing.TB) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "client")
}
