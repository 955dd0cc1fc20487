package cli

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/target"
)

// stepName is the name of the step program in the local source.
const stepName = "modship"

// carried finds the step program for a GOARCH; [stepprogram.Find] is the real one.
type carried func(arch string) (*stepprogram.Program, error)

// chooseStep gives the program that runs inside the build, on the platform that the frontend runs steps on: the first of the first
// worker. It is one that this modship carries, else the running program, if it could run there in an empty root.
func chooseStep(find carried, executable string, workers []*client.WorkerInfo) (files, error) {
	self, selfErr := elfArch(executable)
	arch := self
	if len(workers) > 0 && len(workers[0].Platforms) > 0 {
		want := platforms.Normalize(workers[0].Platforms[0])
		if want.OS != "linux" {
			return nil, &diag.Error{Msg: fmt.Sprintf("BuildKit builds on %s; modship needs a BuildKit on Linux", platforms.Format(want))}
		}
		arch = want.Architecture
	}
	program, err := find(arch)
	switch {
	case err == nil:
		return files{stepName: {program: program, mode: 0o755}}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case self == arch && selfErr == nil:
		return files{stepName: {path: executable, mode: 0o755}}, nil
	}
	switch path, err := installedStep(arch); {
	case err == nil:
		return files{stepName: {path: path, mode: 0o755}}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return nil, noStep(arch, self, selfErr)
}

// installedStep compiles the program where `go install` has built this one.
func installedStep(arch string) (path string, err error) {
	info, _ := debug.ReadBuildInfo()
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a folder for the step program: %w: %w", err, fs.ErrNotExist)
	}
	install := stepprogram.Install{Info: info, Path: os.Getenv("PATH"), Cache: filepath.Join(cache, "modship"), Progress: os.Stderr}
	return install.Make(context.Background(), arch)
}

// noStep says why neither the programs that modship carries nor itself can run inside the build.
func noStep(arch, self string, selfErr error) error {
	msg := fmt.Sprintf("BuildKit builds on linux/%s, for which this modship carries no program to run inside the build (it has: %s)",
		arch, cmp.Or(strings.Join(stepprogram.Arches(), ", "), "none"))
	help := fmt.Sprintf("use a modship for linux/%s that is linked statically", arch)
	if slices.Contains(packed, arch) {
		help = "use a modship that was built with make, or " + strings.TrimPrefix(help, "use ")
	}
	if self == arch {
		msg += fmt.Sprintf(", and cannot run there itself: %v", selfErr)
	}
	return &diag.Error{Msg: msg, Help: help}
}

// packed are the architectures that `make` has modship carry programs for.
var packed = []string{"amd64", "arm64"}

// elfArch returns the GOARCH of a Linux program, with an error if it could not run without the files of a distribution.
func elfArch(path string) (string, error) {
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file", path)
	}
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s is no program for Linux: %w", path, err)
	}
	defer f.Close()
	arch, ok := target.ELF{Class: f.Class, Data: f.Data, Machine: f.Machine}.Arch()
	if !ok || !(target.Target{OS: target.Linux}).HasABI(f.OSABI) {
		return "", fmt.Errorf("%s is no program for Linux but for %v %v", path, f.OSABI, f.Machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return arch, fmt.Errorf("%s is dynamically linked: build it with CGO_ENABLED=0", path)
		}
	}
	return arch, nil
}
