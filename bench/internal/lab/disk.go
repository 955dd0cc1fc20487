//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/bench/internal/result"
)

// Disk is what the daemon holds, in bytes by kind: its records, and all of its files.
func (d *Daemon) Disk(ctx context.Context) (map[string]int64, error) {
	c, err := client.New(ctx, d.Addr())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	records, err := c.DiskUsage(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking the daemon what it holds: %w", err)
	}
	kinds := map[string]int64{}
	for _, r := range records {
		kinds[kind(r.Description)] += r.Size
	}
	kinds[result.DaemonFiles], err = diskUsage(d.Root)
	return kinds, err
}

var (
	keptMount  = regexp.MustCompile(`^cached mount .* with id "modship-([a-z]+)`)
	stepMount  = regexp.MustCompile(`^mount .* from exec \S+ step ([a-z-]+)`)
	localFiles = regexp.MustCompile(`^local source for (\S+)`)
	stageName  = regexp.MustCompile(`^\[(?:[^]]* )?([a-z]+)[^]]*\] `)
)

// kind says what a record of a daemon is, by the description that BuildKit or modship gave it.
func kind(description string) string {
	for _, k := range []struct {
		pattern *regexp.Regexp
		name    string
	}{{keptMount, "kept mount "}, {stepMount, "layer of "}, {localFiles, "files sent: "}, {stageName, "layer of "}} {
		if m := k.pattern.FindStringSubmatch(description); m != nil {
			return k.name + m[1]
		}
	}
	return "other"
}

// diskUsage is what the files below a directory take on the disk, each once however many names it has.
func diskUsage(root string) (int64, error) {
	var sum int64
	seen := map[uint64]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return ignoreGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return ignoreGone(err)
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && !seen[st.Ino] {
			seen[st.Ino] = true
			sum += st.Blocks * 512
		}
		return nil
	})
	return sum, err
}

// ignoreGone drops the error of a file that the daemon has removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
