// Package cinclude finds the files that a compile of C may read beside those that go build knows of: headers, whatever they are called,
// and all else that is included, embedded or linked. Neither go/build nor `go list` names them.
//
// It goes by the words of the sources and not by rules of a preprocessor: each file whose path ends in what is included anywhere is
// found, in whatever folder it lies and whatever conditions stand around it. So no file is missing that a compiler would take, and
// no other can come to be taken in its place. Where only a preprocessor could tell what is included, everything is found.
//
// What is found is what a compile can see. It is no promise that the compiler reads nothing else of what it sees.
package cinclude

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/links"
)

// Found is what the sources of some packages may read.
type Found struct {
	// Files are paths below the root, sorted, none of which leads through a link: files, and links on the way to them. The sources are
	// among them if others include them, or if everything is.
	Files []string `json:"files,omitempty"`
	// Asked are the ends of paths that are included and that [Usual] does not tell from other files; sorted. A tree that was made without
	// files of such names may lack some.
	Asked []string `json:"asked,omitempty"`
	// Missing are paths that may be links, or that links lead to, and where nothing is. A tree that was made without links may lack some.
	Missing []string `json:"missing,omitempty"`
	// Unknown is where something is included by a name that only a preprocessor knows, such as "p/font.c:3", or "": then Files are all,
	// Go's own among them if a macro's definition speaks of such.
	Unknown string `json:"unknown,omitempty"`
}

// Usual tells the files that are found by their extension alone, by which a tree can have them before anything is known.
func Usual(name string) bool {
	return gofiles.Listed(name) || gofiles.Included(name) || gofiles.Linked(name)
}

const (
	// deadline is a hundred times what the largest repositories take.
	deadline = 5 * time.Minute
	// maxAsked bounds the names that are asked for, and maxWanted the paths that may be links: beyond them, everything is.
	maxAsked, maxWanted = 5000, 2000
	// maxScanned bounds a file that is read for what it includes, in bytes. SQLite in one file has 9 MB.
	maxScanned = 64 << 20
)

// Find gives what sources include, and what that includes in turn. Folders named .git and the folder vendor are no part of the tree.
// It ends with the cause of ctx where that ends, and after some minutes. A link that leads out of the tree and that is included is a
// mistake, a [*diag.Error].
func Find(ctx context.Context, tree *links.Tree, sources []string) (Found, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, deadline, fmt.Errorf("what C includes is not found after %v", deadline))
	defer cancel()
	f := newFinder(ctx, tree)
	if err := f.list(); err != nil {
		return Found{}, fmt.Errorf("listing what C may include: %w", err)
	}
	f.begin(sources)
	for len(f.queue) > 0 && f.unknown == "" {
		if ctx.Err() != nil {
			return Found{}, context.Cause(ctx)
		}
		name := f.queue[0]
		f.queue = f.queue[1:]
		if err := f.read(name); err != nil {
			if f.refused != nil {
				return Found{}, f.refused // the place says it all
			}
			return Found{}, fmt.Errorf("reading what %s includes: %w", name, err)
		}
	}
	if f.unknown != "" {
		return f.everything()
	}
	return f.result(), nil
}

type finder struct {
	ctx  context.Context // of the one call of Find
	tree *links.Tree
	// listed are the files of the tree, byName by the last element of their paths, all without Go's; folders are links to folders, and
	// outside those links that lead out of the tree.
	listed  map[string]bool
	byName  map[string][]string
	all     []string
	folders []string
	outside map[string]error

	queue []string
	// found are files and links, queued those of them that are read in turn.
	found, queued, asked, wanted map[string]bool
	// bases are the folders that names are looked for in, beside that of the file which has them.
	bases []string
	// named are the ends of paths that have been looked for, and tried the names, by folder: headers are included again and again.
	named, tried map[string]bool
	places       map[string]*links.Place
	unknown      string
	refused      error
}

func newFinder(ctx context.Context, tree *links.Tree) *finder {
	return &finder{
		ctx: ctx, tree: tree, listed: map[string]bool{}, byName: map[string][]string{}, outside: map[string]error{}, found: map[string]bool{}, queued: map[string]bool{},
		asked: map[string]bool{}, wanted: map[string]bool{}, named: map[string]bool{}, tried: map[string]bool{}, places: map[string]*links.Place{},
	}
}

func (f *finder) list() error {
	return fs.WalkDir(f.tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case f.ctx.Err() != nil:
			return context.Cause(f.ctx)
		case d.IsDir() && (d.Name() == ".git" || name == "vendor"):
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			return f.listLink(name)
		case d.Type().IsRegular():
			f.add(name)
		}
		return nil
	})
}

func (f *finder) add(name string) {
	if path.Ext(name) != ".go" {
		f.all = append(f.all, name)
	}
	f.listed[name] = true
	f.byName[path.Base(name)] = append(f.byName[path.Base(name)], name)
}

// listLink takes a link to a file as the file.
func (f *finder) listLink(name string) error {
	place, err := f.tree.Find(name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // the tree knows it as missing, if it can be had
	case err != nil:
		f.outside[name] = err
	case place.Type.IsRegular():
		f.add(name)
	case place.Type.IsDir():
		f.folders = append(f.folders, name)
	}
	return nil
}

// begin puts Go files first: their flags say where to look.
func (f *finder) begin(sources []string) {
	for _, name := range sources {
		if path.Ext(name) == ".go" {
			f.queue = append(f.queue, name)
			f.addBase(path.Dir(name))
		}
	}
	for _, name := range sources {
		if path.Ext(name) != ".go" {
			f.queue = append(f.queue, name)
		}
	}
	for _, name := range sources {
		f.queued[name] = true
	}
}

func (f *finder) addBase(dir string) {
	if !slices.Contains(f.bases, dir) {
		f.bases = append(f.bases, dir)
	}
}

func (f *finder) read(name string) error {
	if gofiles.Linked(name) {
		return nil
	}
	info, err := fs.Stat(f.tree, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a source that the tree lacks is the compiler's to report
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil // nor does it read what a pipe has
	}
	text, err := f.text(name)
	if err != nil {
		return err
	}
	if len(text) > maxScanned {
		f.unknown = name
		return nil
	}
	said := includes(name, text)
	if err := f.follow(path.Dir(name), said); err != nil {
		return err
	}
	if said.line > 0 {
		f.unknown = fmt.Sprintf("%s:%d", name, said.line)
	}
	return nil
}

// follow finds what a file in dir names.
func (f *finder) follow(dir string, said said) error {
	for i, d := range slices.Concat(said.dirs, said.libs) {
		if err := f.flagged(dir, d, i < len(said.dirs)); err != nil {
			return err
		}
	}
	for _, kind := range []struct {
		names []string
		text  bool
	}{{said.text, true}, {said.data, false}} {
		for _, n := range kind.names {
			switch {
			case f.ctx.Err() != nil:
				return context.Cause(f.ctx)
			case f.unknown != "":
				return nil
			}
			f.include(n, kind.text)
			if err := f.includeFrom(dir, n, kind.text); err != nil {
				return err
			}
		}
	}
	return nil
}

// text reads no more than a byte above maxScanned, whatever the file says of its size.
func (f *finder) text(name string) ([]byte, error) {
	file, err := f.tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxScanned+1))
}

// take finds a file with the links that lead to it; text is read for what it includes in turn.
func (f *finder) take(name string, text bool) {
	if place, err := f.tree.Find(name); err == nil {
		for _, p := range place.Trace() {
			f.found[p] = true
		}
	}
	if text && !f.queued[name] {
		f.queued[name] = true
		f.queue = append(f.queue, name)
	}
}

func (f *finder) everything() (Found, error) {
	files := f.all
	withGo, err := f.namesGo()
	if err != nil {
		return Found{}, fmt.Errorf("looking for macros that name Go files: %w", err)
	}
	if withGo {
		files = slices.Collect(maps.Keys(f.listed))
	}
	for _, name := range slices.Concat(files, f.folders) {
		f.found[name] = true
	}
	return Found{Files: slices.Sorted(maps.Keys(f.found)), Missing: f.tree.Missing(), Unknown: f.unknown}, nil
}

// namesGo tells whether a file of the tree may define a macro that names a Go file. Most edits are of Go files, so it pays to know that
// none is read as C.
func (f *finder) namesGo() (bool, error) {
	for _, name := range slices.Sorted(maps.Keys(f.listed)) {
		if f.ctx.Err() != nil {
			return false, context.Cause(f.ctx)
		}
		if gofiles.Linked(name) {
			continue
		}
		text, err := f.text(name)
		if err != nil {
			return false, err
		}
		if len(text) > maxScanned || NamesGo(text) {
			return true, nil
		}
	}
	return false, nil
}

func (f *finder) result() Found {
	for _, name := range f.all {
		if gofiles.Linked(name) {
			f.take(name, false)
		}
	}
	return Found{Files: slices.Sorted(maps.Keys(f.found)), Asked: slices.Sorted(maps.Keys(f.asked)), Missing: f.tree.Missing()}
}
