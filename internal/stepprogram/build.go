package stepprogram

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// plain are the settings of Go that would get into the program from the machine that builds it.
var plain = []string{
	"CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GODEBUG=", "GOEXPERIMENT=", "GOFIPS140=off", "GOFLAGS=", "GOOS=linux", "GOWORK=off",
}

// Build compiles the program for an architecture, of the module of Modship in a folder, with the program go: the same bytes wherever the
// folder lies and whatever its commit is.
func Build(ctx context.Context, program, root, arch string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "modship-step-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "program")
	cmd := exec.CommandContext(ctx, program, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out, "./cmd/modship-step")
	cmd.Dir = root
	cmd.Env = slices.Concat(os.Environ(), plain, []string{"GOARCH=" + arch})
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("running go build: %w\n%s", err, strings.TrimSpace(string(said)))
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("reading what go build made: %w", err)
	}
	return data, nil
}
