package step

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
)

// warm compiles and links empty programs, for which a compiler builds the libraries that it brings. It takes minutes, once.
func warm(ctx context.Context, compiler ctoolchain.Provider, req request.Sysroot) error {
	if compiler.Warm == nil {
		return nil // it brings none
	}
	if err := os.MkdirAll(ctoolchain.Cache, 0o755); err != nil {
		return err
	}
	for _, c := range []struct{ command, ext string }{{req.Tools.CC, ".c"}, {req.Tools.CXX, ".cc"}} {
		if c.command == "" {
			continue
		}
		source := filepath.Join(request.Temp, "empty"+c.ext)
		if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
			return err
		}
		for _, args := range compiler.Warm(source, req.Libc, req.Strip) {
			cmd := compilerCommand(ctx, compiler, append(strings.Fields(c.command), args...))
			cmd.Stdout, cmd.Stderr = shown(), shown()
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("building the C library with %s: %w", compiler.Kind, err)
			}
		}
	}
	return removeAll(filepath.Join(request.Temp, "empty*"), ctoolchain.LocalCache)
}

// compilerVersion asks a compiler for its version, such as "0.14.1", if that is of interest.
func compilerVersion(ctx context.Context, compiler ctoolchain.Provider, tools ctoolchain.Tools) (string, error) {
	if compiler.Version == nil {
		return "", nil
	}
	out, err := compilerCommand(ctx, compiler, append([]string{compilerProgram(tools)}, compiler.Version...)).Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", compiler.Kind, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// compilerProgram is the program of the commands.
func compilerProgram(tools ctoolchain.Tools) string {
	program, _, _ := strings.Cut(tools.CC, " ")
	return program
}

func compilerCommand(ctx context.Context, compiler ctoolchain.Provider, command []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append([]string{"HOME=" + request.Temp, "PATH=" + cgoPath}, compiler.Env...)
	return cmd
}
