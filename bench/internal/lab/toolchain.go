//go:build linux

package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/toolchain"
)

// GoVersion chooses the Go for a go.mod as modship does.
func (l *Lab) GoVersion(ctx context.Context, goMod []byte) (string, error) {
	out, err := l.hostGo(ctx, "list", "-m", "-versions", "-json", toolchain.ModulePath)
	if err != nil {
		return "", err
	}
	var list struct{ Versions []string }
	if err := json.Unmarshal(out, &list); err != nil {
		return "", fmt.Errorf("reading the versions of Go: %w", err)
	}
	return chooseGo(goMod, list.Versions)
}

// chooseGo takes versions of the module golang.org/toolchain.
func chooseGo(goMod []byte, versions []string) (string, error) {
	file, err := modfile.Parse("go.mod", goMod, nil)
	if err != nil {
		return "", err
	}
	line, language := "", ""
	if file.Toolchain != nil {
		line = file.Toolchain.Name
	}
	if file.Go != nil {
		language = file.Go.Version
	}
	var published []string
	for _, v := range versions {
		v, ours := strings.CutSuffix(strings.TrimPrefix(v, "v0.0.1-"), "."+runtime.GOOS+"-"+runtime.GOARCH)
		if ours {
			published = append(published, v)
		}
	}
	return toolchain.Choose(published, line, language, "")
}

// Goroot gives the directory of a Go toolchain, made of the same zip that modship takes.
func (l *Lab) Goroot(ctx context.Context, version string) (string, error) {
	if dir := l.goroots[version]; dir != "" {
		return dir, nil
	}
	m, err := toolchain.ModuleVersion(version, runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return "", err
	}
	l.Progressf("fetching %s …", version)
	zip, err := l.Download(ctx, m.String())
	if err != nil {
		return "", err
	}
	dir := filepath.Join(l.Dir, "goroot", version)
	if err := modzip.Unzip(dir, m, zip.Zip); err != nil {
		return "", err
	}
	l.goroots[version] = dir
	return dir, filepath.WalkDir(dir, settleGoroot(dir))
}

// settleGoroot undoes what a module zip does to a GOROOT: it has no execute bits and cannot hold another module's go.mod
// (cmd/go/internal/toolchain/select.go).
func settleGoroot(root string) fs.WalkDirFunc {
	return func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		inside := strings.TrimPrefix(file, root+"/")
		if strings.HasPrefix(inside, "bin/") || strings.HasPrefix(inside, "pkg/tool/") {
			return os.Chmod(file, 0o755)
		}
		if d.Name() == "_go.mod" {
			return os.Rename(file, filepath.Join(filepath.Dir(file), "go.mod"))
		}
		return os.Chmod(file, 0o644)
	}
}

// Downloaded is a module in the lab's own module cache.
type Downloaded struct{ Dir, Zip string }

// Download fetches a module, MODULE@VERSION, through the lab's proxy; the go command verifies it.
func (l *Lab) Download(ctx context.Context, module string) (Downloaded, error) {
	out, err := l.hostGo(ctx, "mod", "download", "-json", module)
	var m struct {
		Downloaded
		Error string
	}
	if jsonErr := json.Unmarshal(out, &m); jsonErr == nil && m.Error != "" {
		return Downloaded{}, fmt.Errorf("downloading %s: %s", module, m.Error)
	}
	return m.Downloaded, err
}

// hostGo runs the go command of this machine, outside of any module.
func (l *Lab) hostGo(ctx context.Context, args ...string) ([]byte, error) {
	dir := filepath.Join(l.Dir, "download")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return runGo(ctx, "go", dir, append(os.Environ(), "GOPROXY="+l.Proxy, "GOFLAGS=-mod=mod -modcacherw", "GOWORK=off", "GONOSUMDB=",
		"GOPRIVATE=", "GONOPROXY=none", "GOTOOLCHAIN=local", "GOMODCACHE="+filepath.Join(dir, "modcache"), "PWD="+dir), args...)
}

// Go runs the go command of a GOROOT in a directory, with caches of its own for all such calls.
func (l *Lab) Go(ctx context.Context, goroot, dir string, args ...string) ([]byte, error) {
	env := append(l.GoEnv(goroot, filepath.Join(l.Dir, "prepare")), "GOFLAGS=-modcacherw", "PWD="+dir)
	return runGo(ctx, filepath.Join(goroot, "bin", "go"), dir, env, args...)
}

func runGo(ctx context.Context, program, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), errors.Join(fmt.Errorf("running go %s: %w", strings.Join(args, " "), err), errors.New(Tail(stderr.String(), 20)))
	}
	return stdout.Bytes(), nil
}
