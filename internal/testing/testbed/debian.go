package testbed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// Debian gives a tar archive of the root of debian:bookworm-slim: a stand-in of debootstrap, made in half a minute and kept in the cache
// directory. Packages come from the mirror that this machine uses itself.
func Debian(ctx context.Context, cacheDir string) (archive string, err error) {
	archive = filepath.Join(cacheDir, "debian", "bookworm-1.tar")
	if _, err := os.Stat(archive); !errors.Is(err, fs.ErrNotExist) {
		return archive, err
	}
	dir, err := os.MkdirTemp("", "debian-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	return archive, makeDebian(ctx, filepath.Join(dir, "root"), archive)
}

func makeDebian(ctx context.Context, root, archive string) error {
	args := []string{"--variant=minbase", "bookworm", root}
	if mirror := DebianMirror(); mirror != "" {
		args = append(args, mirror)
	}
	if out, err := exec.CommandContext(ctx, "debootstrap", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("making a Debian base: %w\n%s", err, out)
	}
	stands := "Acquire::Check-Valid-Until \"false\";\n" // of a mirror that stands still
	if err := os.WriteFile(filepath.Join(root, "etc/apt/apt.conf.d/00mirror"), []byte(stands), 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "tar", "-C", root, "--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*",
		"--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*", "--exclude=./usr/share/doc/*", "--exclude=./usr/share/man/*",
		"--exclude=./usr/share/locale/*", "-cf", archive+".new", ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("packing the Debian base: %w\n%s", err, out)
	}
	return os.Rename(archive+".new", archive)
}

var mirrorLine = regexp.MustCompile(`(?m)^(?:URIs:|deb(?: \[[^]]*\])?)\s+(https?://\S+/debian)/?(?:\s|$)`)

// DebianMirror is the first server of Debian that this machine is set up with; without one debootstrap knows its own.
func DebianMirror() string {
	files, _ := filepath.Glob("/etc/apt/sources.list.d/*.sources")
	for _, file := range append(files, "/etc/apt/sources.list") {
		text, err := os.ReadFile(file)
		if m := mirrorLine.FindSubmatch(text); err == nil && m != nil {
			return string(m[1])
		}
	}
	return ""
}
