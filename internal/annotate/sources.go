package annotate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

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
	// sourcesOfC are the files of the module's packages that have C in them, from which it is found what C includes.
	sourcesOfC []string
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

// sources gives the files of the context that an image is made of, and the folders that they are in: those that the
// compile reads, what they embed, what is copied into the image, and copies of dependencies.
func (c *buildContext) sources(d *plan.Draft) (fs.FS, error) {
	used := newNames()
	for _, name := range d.Source.Files {
		used.add(name)
	}
	for _, img := range d.Images {
		for _, name := range img.Files {
			used.add(name)
		}
	}
	if len(c.sourcesOfC) > 0 {
		found, err := cinclude.Find(context.Background(), links.New(c.FS), c.sourcesOfC)
		if err != nil {
			return nil, err
		}
		for _, name := range found.Files {
			used.add(name)
		}
	}
	patterns := append(d.Embeds(), d.ContextFiles()...)
	if d.Source.Vendor {
		patterns = append(patterns, d.VendoredFiles()...)
	}
	if len(patterns) > 0 {
		if err := c.find(patterns, used); err != nil {
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
