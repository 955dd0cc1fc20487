package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"

	"github.com/modship-build/modship/internal/target"
)

// file is one of an archive.
type file struct {
	name string
	data []byte
	exec bool
}

// shells are those that completions are written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// documents are the files of every archive: manual pages, completions, and some of the repository. The commands write the first two; those
// that were released do, on a platform that this machine runs.
func (r *release) documents(ctx context.Context) ([]file, error) {
	var all []file
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"} {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, file{name: name, data: data})
	}
	own, err := target.ParsePort(runtime.GOOS + "/" + runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	for _, command := range commands {
		program := filepath.Join(r.built, "binaries", command, fileName(command, own)+own.Suffix())
		if err := os.Chmod(program, 0o755); err != nil {
			return nil, fmt.Errorf("finding the program for this machine: %w", err)
		}
		pages, err := r.pages(ctx, program)
		if err != nil {
			return nil, fmt.Errorf("writing the manual of %s: %w", command, err)
		}
		all = append(all, pages...)
		for _, shell := range shells {
			text, err := exec.CommandContext(ctx, program, "completion", shell).Output()
			if err != nil {
				return nil, fmt.Errorf("writing the completion of %s for %s: %w", command, shell, err)
			}
			all = append(all, file{name: path.Join("completions", command+"."+shell), data: text})
		}
	}
	return all, nil
}

func (r *release) pages(ctx context.Context, program string) ([]file, error) {
	dir, err := os.MkdirTemp("", "modship-man-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if text, err := exec.CommandContext(ctx, program, "man", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	names, err := files(dir)
	if err != nil {
		return nil, err
	}
	var pages []file
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		pages = append(pages, file{name: path.Join("man", name), data: data})
	}
	return pages, nil
}
