//go:build linux

package lab

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/modship-build/modship/bench/internal/result"
)

// Machine reads the facts of this machine from /proc.
func Machine() (result.Machine, error) {
	m := result.Machine{OS: runtime.GOOS, Architecture: runtime.GOARCH, Cores: runtime.NumCPU()}
	kernel, kernelErr := os.ReadFile("/proc/sys/kernel/osrelease")
	cpu, cpuErr := os.ReadFile("/proc/cpuinfo")
	memory, memoryErr := os.ReadFile("/proc/meminfo")
	m.Kernel = strings.TrimSpace(string(kernel))
	m.CPU = field(string(cpu), "model name")
	kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(field(string(memory), "MemTotal"), " kB"), 10, 64)
	m.MemoryBytes = kilobytes << 10
	return m, errors.Join(kernelErr, cpuErr, memoryErr)
}

// field is the value of the first line KEY: VALUE.
func field(text, key string) string {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// Load is the load average of one minute.
func Load() float64 {
	data, _ := os.ReadFile("/proc/loadavg") // zero says that it is not known
	first, _, _ := strings.Cut(string(data), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// Versions are those of the programs that take part.
func (l *Lab) Versions(ctx context.Context) (map[string]string, error) {
	versions := map[string]string{"go (host)": runtime.Version()}
	for _, tool := range []string{"buildkitd", "buildx", "ko", "registry"} {
		v, err := ModuleVersion(filepath.Join(l.Tools, tool))
		if err != nil {
			return nil, err
		}
		versions[tool] = v
	}
	out, err := exec.CommandContext(ctx, l.Modship, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("asking modship for its version: %w", err)
	}
	program, err := os.ReadFile(l.Modship)
	if err != nil {
		return nil, err
	}
	// Two programs of one version may differ while modship is being worked on.
	versions["modship"] = fmt.Sprintf("%s, sha256 %.12x", strings.TrimPrefix(strings.TrimSpace(string(out)), "modship "), sha256.Sum256(program))
	if out, err := exec.CommandContext(ctx, "runc", "--version").Output(); err == nil {
		first, _, _ := strings.Cut(string(out), "\n")
		versions["runc"] = strings.TrimPrefix(first, "runc version ")
	}
	return versions, nil
}

// ModuleVersion is the version of the module that a program's main package comes from.
func ModuleVersion(program string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	best, version := "", info.Main.Version
	for _, m := range info.Deps {
		if strings.HasPrefix(info.Path+"/", m.Path+"/") && len(m.Path) > len(best) {
			best, version = m.Path, m.Version
		}
	}
	return version, nil
}
