package annotate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
)

// ignoreFile is where BuildKit's clients look for patterns of files that are no part of the build context.
const ignoreFile = ".dockerignore"

// buildContext is what a build would see of a folder: everything but what the ignore file excludes. Which files a list of
// patterns stands for is asked of the library that BuildKit's client and daemon ask: its answer is not always that of the
// patterns alone.
type buildContext struct {
	fs.FS
	dir      string
	excludes []string
}

// openContext reads the ignore file of folder, which is dir. own is the content of the configuration's own, nil if it has none.
func openContext(folder fs.FS, dir string, own []byte) (*buildContext, error) {
	c := &buildContext{FS: folder, dir: dir}
	if own == nil {
		var err error
		if own, err = fs.ReadFile(folder, ignoreFile); errors.Is(err, fs.ErrNotExist) {
			return c, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading %s: %w", ignoreFile, err)
		}
	}
	var err error
	if c.excludes, err = ignorefile.ReadAll(bytes.NewReader(own)); err != nil {
		return nil, fmt.Errorf("reading the ignore file: %w", err)
	}
	if len(c.excludes) == 0 {
		return c, nil
	}
	seen := newNames()
	if err := c.find(nil, seen); err != nil {
		return nil, fmt.Errorf("leaving out what the ignore file names: %w", err)
	}
	c.FS = view{folder, seen}
	return c, nil
}

// sources gives the files of parts of the context, and the folders that they are in.
func (c *buildContext) sources(parts []plan.Part) (fs.FS, error) {
	used := newNames()
	for _, part := range parts {
		files := part.Files
		if len(part.Including) > 0 {
			found, err := cinclude.Find(context.Background(), links.New(c.FS), part.Including)
			if err != nil {
				return nil, err
			}
			files = append(slices.Clone(files), found.Files...)
		}
		for _, name := range files {
			used.add(name)
		}
		if len(part.Patterns) == 0 {
			continue
		}
		if err := c.find(part.Patterns, used); err != nil {
			return nil, err
		}
	}
	return view{c.FS, used}, nil
}

// find adds the files of the context that a pattern includes, or all if there are no patterns.
func (c *buildContext) find(includes []string, to names) error {
	disk, err := fsutil.NewFS(c.dir)
	if err != nil {
		return err
	}
	filtered, err := fsutil.NewFilterFS(disk, &fsutil.FilterOpt{IncludePatterns: includes, ExcludePatterns: c.excludes})
	if err != nil {
		return err
	}
	return filtered.Walk(context.Background(), "", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.IsDir():
			to.add(filepath.ToSlash(name))
		}
		return nil
	})
}

// names are files and the folders that they are in.
type names map[string]bool

func newNames() names { return names{".": true} }

func (n names) add(name string) {
	for ; !n[name]; name = path.Dir(name) {
		n[name] = true
	}
}
