// Package cinclude finds the files that a compile of C may read beside those that go build knows of: headers, whatever they are called,
// and all else that is included, embedded or linked. Neither go/build nor `go list` names them, and no cache of cmd/go looks at them.
//
// It goes by the words of the sources and not by rules of a preprocessor: each file whose path ends in what is included anywhere is
// found, in whatever folder it lies and whatever conditions stand around it. So no file is missing that a compiler would take, and
// no other can come to be taken in its place. Where only a preprocessor could tell what is included, everything is found.
package cinclude

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/filekind"
)

// Found is what the sources of some packages may read.
type Found struct {
	// Files are paths below the root, sorted. The sources are among them if others include them, or if everything is.
	Files []string `json:"files,omitempty"`
	// Asked are the ends of paths that are included and that [Usual] does not tell from other files; sorted. A tree that was made without
	// files of such names may lack some.
	Asked []string `json:"asked,omitempty"`
	// Unknown is where something is included by a name that only a preprocessor knows, such as "p/font.c:3", or "": then Files are all.
	Unknown string `json:"unknown,omitempty"`
}

// Usual tells the files that are found by their extension alone, by which a tree can have them before anything is known.
func Usual(name string) bool {
	return filekind.Listed(name) || filekind.Included(name) || filekind.Linked(name)
}

// maxAsked bounds the names that are asked for: beyond it, everything is.
const maxAsked = 5000

// maxScanned bounds a file that is read for what it includes, in bytes. SQLite in one file has 9 MB.
const maxScanned = 64 << 20

// Find gives what sources include, and what that includes in turn. Folders named .git and the folder vendor are no part of the tree.
// It ends with the cause of ctx where that ends.
func Find(ctx context.Context, fsys fs.FS, sources []string) (Found, error) {
	f := &finder{ctx: ctx, fsys: fsys, byName: map[string][]string{}, found: map[string]bool{}, asked: map[string]bool{}, named: map[string]bool{}}
	if err := f.list(); err != nil {
		return Found{}, fmt.Errorf("listing what C may include: %w", err)
	}
	f.queue = slices.Clone(sources)
	for len(f.queue) > 0 && f.unknown == "" {
		if ctx.Err() != nil {
			return Found{}, context.Cause(ctx)
		}
		name := f.queue[0]
		f.queue = f.queue[1:]
		if err := f.read(name); err != nil {
			return Found{}, fmt.Errorf("reading what %s includes: %w", name, err)
		}
	}
	if f.unknown != "" {
		return Found{Files: f.all, Unknown: f.unknown}, nil
	}
	for _, name := range f.all {
		if filekind.Linked(name) {
			f.found[name] = true
		}
	}
	return Found{Files: slices.Sorted(maps.Keys(f.found)), Asked: slices.Sorted(maps.Keys(f.asked))}, nil
}

type finder struct {
	ctx  context.Context // of the one call of Find
	fsys fs.FS
	// all are the files of the tree but Go's, byName by the last element of their paths.
	all    []string
	byName map[string][]string

	queue        []string
	found, asked map[string]bool
	// named are the ends of paths that have been looked for: headers are included again and again.
	named   map[string]bool
	unknown string
}

func (f *finder) list() error {
	return fs.WalkDir(f.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case f.ctx.Err() != nil:
			return context.Cause(f.ctx)
		case d.IsDir() && (d.Name() == ".git" || name == "vendor"):
			return fs.SkipDir
		case path.Ext(name) == ".go" || !isRegular(f.fsys, name, d):
			return nil
		}
		f.all = append(f.all, name)
		f.byName[path.Base(name)] = append(f.byName[path.Base(name)], name)
		return nil
	})
}

// isRegular follows a link, which is as good as the file.
func isRegular(fsys fs.FS, name string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}

func (f *finder) read(name string) error {
	if filekind.Linked(name) {
		return nil
	}
	if filekind.Swig(name) {
		f.unknown = name
		return nil
	}
	info, err := fs.Stat(f.fsys, name)
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
	if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
		return nil // no text, so it is taken as it is
	}
	names, line := includes(name, text)
	if line > 0 {
		f.unknown = fmt.Sprintf("%s:%d", name, line)
	}
	for _, n := range names {
		if f.ctx.Err() != nil {
			return context.Cause(f.ctx)
		}
		f.include(n)
	}
	return nil
}

// text reads no more than a byte above maxScanned, whatever the file says of its size.
func (f *finder) text(name string) ([]byte, error) {
	file, err := f.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxScanned+1))
}

// include finds every file whose path ends in name.
func (f *finder) include(name string) {
	end, ok := ending(name)
	if !ok || f.named[end] {
		return
	}
	f.named[end] = true
	if !Usual(end) {
		f.asked[end] = true
		if len(f.asked) > maxAsked {
			f.unknown = end
		}
	}
	for _, p := range f.byName[path.Base(end)] {
		if (p == end || strings.HasSuffix(p, "/"+end)) && !f.found[p] {
			f.found[p] = true
			f.queue = append(f.queue, p)
		}
	}
}

// ending gives the end of the paths that an include may lead to, from whatever folder it is looked for.
func ending(name string) (string, bool) {
	if name == "" || len(name) > 1024 || path.IsAbs(name) || strings.ContainsAny(name, "\x00\\") {
		return "", false
	}
	name = path.Clean(name)
	for strings.HasPrefix(name, "../") {
		name = name[len("../"):]
	}
	return name, name != "." && name != ".."
}
