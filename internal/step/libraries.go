package step

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/step/request"
)

// libraries copies what the program needs of the sysroot to start in an image that has nothing else, to the same paths.
func libraries(_ context.Context, req request.Libraries) error {
	program, err := os.Open(filepath.Join(request.Program, req.Path))
	if err != nil {
		return err
	}
	defer program.Close()
	var extra []string
	if req.Runtime {
		if err := readJSON(filepath.Join(request.SysrootDir, runtimeList), &extra); err != nil {
			return err
		}
	}
	files, err := startable.Closure(os.DirFS(request.SysrootDir), program, extra, req.Target)
	if err != nil {
		return err
	}
	var paths []string
	for _, f := range files {
		if err := copyLibrary(f); err != nil {
			return fmt.Errorf("copying %s: %w", f.Path, err)
		}
		if f.Link == "" && !f.Dir {
			paths = append(paths, f.Path)
		}
	}
	if err := setAllTimes(request.Out, zeroTime); err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.LibrariesFile), paths)
}

func copyLibrary(f startable.File) error {
	to := filepath.Join(request.Out, f.Path)
	if f.Dir {
		return os.MkdirAll(to, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if f.Link != "" {
		return os.Symlink(f.Link, to)
	}
	from := filepath.Join(request.SysrootDir, f.Path)
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := copyPlain(from, to); err != nil {
		return err
	}
	return os.Chmod(to, 0o644|info.Mode().Perm()&0o111)
}
