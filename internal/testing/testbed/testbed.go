// Package testbed is what integration tests and benchmarks stand on: a cache of tools, a registry on a loopback port, a buildkitd's
// configuration that knows it, a buffer for what programs say, figures and lists of what was
// made, and the end of a test that lacks something. It is for no program that
// users run; the registry is there on Linux only.
package testbed

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// CacheDir is where tools stay from run to run: MODSHIP_TEST_CACHE, else a folder of the user's cache directory.
func CacheDir() (string, error) {
	if dir := os.Getenv("MODSHIP_TEST_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a cache directory (MODSHIP_TEST_CACHE sets one): %w", err)
	}
	return filepath.Join(dir, "modship-test"), nil
}

// FreeAddress is a loopback address that nobody listens at.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// BuildkitConfig is a buildkitd.toml for a daemon that is thrown away: it collects no garbage, and finds docker.io in the
// registry at addr, to which no proxy leads.
func BuildkitConfig(addr string) []byte {
	return fmt.Appendf(nil, "[worker.oci]\n  gc = false\n[registry.\"docker.io\"]\n  mirrors = [%q]\n[registry.%q]\n  http = true\n", addr, addr)
}

// AddBuilder tells buildx of the daemon at addr. The environment env names the directory of its configuration.
func AddBuilder(ctx context.Context, buildx, name, addr string, env []string) error {
	cmd := exec.CommandContext(ctx, buildx, "create", "--name", name, "--driver", "remote", addr)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("telling buildx of the daemon: %w\n%s", err, out)
	}
	return nil
}
