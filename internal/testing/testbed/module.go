package testbed

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Module is tools/NAME, a module with several tools, which are built once and kept.
type Module struct {
	Name string
	// C are the packages of tools that have C in them, each with the tags that it is built with. They are linked statically.
	C map[string]string
}

// Build gives the folder of the module's tools below cache, and builds them where there are none of these versions yet. root is the root
// of the repository.
func (m Module) Build(ctx context.Context, root, cache string, progress io.Writer) (dir string, err error) {
	source := filepath.Join(root, "tools", m.Name)
	dir, err = m.dir(source, cache)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintf(progress, "building the tools of tools/%s (once, for minutes) …\n", m.Name)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "build-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	out := work + string(filepath.Separator)
	plain, err := m.plain(ctx, source)
	if err != nil {
		return "", err
	}
	if err := goBuild(ctx, source, "CGO_ENABLED=0", append([]string{"-ldflags=-s -w", "-o", out}, plain...)...); err != nil {
		return "", err
	}
	for pkg, tags := range m.C {
		if err := goBuild(ctx, source, "CGO_ENABLED=1", "-tags="+tags+" netgo osusergo", "-ldflags=-s -w -linkmode=external -extldflags=-static", "-o", out, pkg); err != nil {
			return "", err
		}
	}
	if err := os.Chmod(work, 0o755); err != nil {
		return "", err
	}
	err = os.Rename(work, dir)
	if _, statErr := os.Stat(dir); statErr == nil {
		return dir, nil // another process may have been faster
	}
	return dir, err
}

// plain are the packages of tools that have no C in them.
func (m Module) plain(ctx context.Context, source string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-f", "{{.ImportPath}}", "tool")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the tools of %s: %w", source, err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(pkg string) bool { return m.C[pkg] != "" }), nil
}

// dir belongs to the versions.
func (m Module) dir(source, cache string) (string, error) {
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		hash.Write(data)
	}
	fmt.Fprint(hash, m.C, runtime.GOOS, "/", runtime.GOARCH)
	return filepath.Join(cache, m.Name, hex.EncodeToString(hash.Sum(nil)[:8])), nil
}

func goBuild(ctx context.Context, dir, cgo string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-buildvcs=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(os.Environ(), []string{"GOFLAGS=-mod=readonly", "GOWORK=off", cgo})
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the tools of %s: %w\n%s", dir, err, out)
	}
	return nil
}

// Version is that of the module which a program's main package is from, as the program itself has it.
func Version(program string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	version := info.Main.Version
	longest := 0
	for _, dep := range info.Deps {
		if strings.HasPrefix(info.Path+"/", dep.Path+"/") && len(dep.Path) > longest {
			longest, version = len(dep.Path), dep.Version
		}
	}
	return version, nil
}
