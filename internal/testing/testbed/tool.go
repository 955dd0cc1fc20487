package testbed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BuildTool builds the program of tools/NAME, a module with one tool that shares no versions with others, and gives its path in dir.
// root is the root of the repository.
func BuildTool(ctx context.Context, root, name, dir string) (string, error) {
	program := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "-C", filepath.Join(root, "tools", name), "build", "-trimpath", "-ldflags=-s -w", "-o", program, "tool")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return program, nil
}
