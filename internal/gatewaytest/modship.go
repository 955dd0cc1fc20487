//go:build linux

package gatewaytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modship-build/modship/internal/step/request"
)

// program is the modship of this source, built once.
var program = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(shared, "step")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(dir, "modship"), "github.com/modship-build/modship/cmd/modship")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building modship: %w\n%s", err, text)
	}
	return dir, nil
})

// StepProgram is a folder with the modship of this source, as a client sends it.
func StepProgram(t testing.TB) string {
	t.Helper()
	dir, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// GoRoot is that of the go command of the machine.
func GoRoot(t testing.TB) string {
	t.Helper()
	text, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// OwnGo stands in for the step that fetches a toolchain: it gives the machine's.
func OwnGo(t testing.TB) func(context.Context, *Step) error {
	goroot := GoRoot(t)
	return func(_ context.Context, s *Step) error {
		s.Give(request.Out, goroot)
		text, err := json.Marshal(request.FetchedGo{Sum: "h1:of-the-machine"})
		return errors.Join(err, os.WriteFile(filepath.Join(s.Folder(request.Said), request.GoFile), text, 0o644))
	}
}
