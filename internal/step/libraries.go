package step

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/startable"
)

// libraries copies what the programs need of the sysroot to start in an image that has nothing else, to the same paths.
func libraries(_ context.Context, req request.Libraries) error {
	var extra []string
	if req.Runtime {
		if err := readJSON(filepath.Join(request.SysrootDir, runtimeList), &extra); err != nil {
			return err
		}
	}
	report := request.LibrariesReport{Files: []string{}}
	copied := map[string]bool{}
	for _, path := range append([]string{req.Path}, req.Beside...) {
		files, missing, err := programNeeds(req, path, extra)
		if err != nil {
			return err
		}
		own := []string{}
		for _, f := range files {
			if !copied[f.Path] {
				if err := copyLibrary(f); err != nil {
					return fmt.Errorf("copying %s: %w", f.Path, err)
				}
			}
			copied[f.Path] = true
			if f.Link == "" && !f.Dir {
				own = append(own, f.Path)
			}
		}
		report.Each, report.Files = append(report.Each, own), appendNew(report.Files, own)
		report.Missing = appendNew(report.Missing, missing)
	}
	if len(report.Each) == 1 {
		report.Each = nil
	}
	if err := setAllTimes(request.Out, zeroTime); err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.LibrariesFile), report)
}

// programNeeds opens a program and lists what it needs.
func programNeeds(req request.Libraries, path string, extra []string) (files []startable.File, missing []string, err error) {
	program, err := os.Open(filepath.Join(request.Program, path))
	if err != nil {
		return nil, nil, err
	}
	defer program.Close()
	find := startable.Closure
	if req.Partial {
		find = startable.PartialClosure
	}
	return needs(program, func(extra []string) ([]startable.File, error) {
		return find(os.DirFS(request.SysrootDir), program, extra, req.Target)
	}, extra)
}

// appendNew adds what is not in the list.
func appendNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// closure is [startable.Closure] or its like.
type closure func(extra []string) ([]startable.File, error)

// needs lists the files that a program needs to start, and those that its libraries open when they run.
func needs(program io.ReaderAt, find closure, extra []string) (files []startable.File, missing []string, err error) {
	if files, err = find(extra); err != nil {
		return nil, nil, err
	}
	data, err := startable.FindRunData(os.DirFS(request.SysrootDir), program, files)
	if err != nil {
		return nil, nil, err
	}
	if missing = data.Missing; len(data.Files) > 0 {
		// Libraries are among them, which need others in turn.
		more, err := find(append(slices.Clone(extra), data.Files...))
		if err != nil {
			missing = append(missing, fmt.Sprintf("files that libraries open when they run are left out: %v", err))
		} else {
			files = more
		}
	}
	for _, link := range data.Links {
		if !slices.ContainsFunc(files, func(f startable.File) bool { return f.Path == link.Path }) {
			files = append(files, link)
		}
	}
	return files, missing, nil
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
