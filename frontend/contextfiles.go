package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/rules"
)

// checkFiles finds what image.files names and the context does not have, before anything is compiled: BuildKit's own error would come
// after that, and names neither the file nor the line.
func (b *builder) checkFiles(ctx context.Context, in *input, d *plan.Draft) error {
	if !in.output.image {
		return nil
	}
	var mistakes []error
	for _, name := range d.Contexts() {
		for _, t := range in.Targets {
			ref, err := b.solveTree(ctx, b.graph.ContextFiles(d, name, b.fileContexts[name][t.String()]))
			if err != nil {
				return fmt.Errorf("loading the files of %s for the image: %w", name, err)
			}
			mistakes = append(mistakes, missingFiles(reffs.FS(ctx, ref, 0), name, d.Runtime.Files, in.At))
		}
	}
	return errors.Join(append(mistakes, b.checkOwnFiles(ctx, in, d))...)
}

// checkOwnFiles is checkFiles for those of the build context.
func (b *builder) checkOwnFiles(ctx context.Context, in *input, d *plan.Draft) error {
	patterns := d.ContextFiles("")
	if len(patterns) == 0 {
		return nil
	}
	ref, err := b.readPart(ctx, partFiles, patterns)
	if err != nil {
		return fmt.Errorf("loading the files for the image: %w", err)
	}
	fsys := reffs.FS(ctx, ref, gofiles.MaxLFSPointer)
	if err := missingFiles(fsys, "", d.Runtime.Files, in.At); err != nil {
		return err
	}
	warnings, err := pointers(fsys, d.Runtime.Files, in.At)
	for _, w := range warnings {
		b.warnAt(ctx, w)
	}
	return err
}

// maxSmall bounds the files that are looked into, each of which is a round trip: a checkout without Git LFS has pointers alone where it
// has some.
const maxSmall = 500

// maxPointers bounds how many are named.
const maxPointers = 20

// pointers warns of files for the image that are pointers of Git LFS. One may be meant, so it is for the user to judge.
func pointers(fsys fs.FS, files []config.Copy, at func(key string) diag.Range) (warnings []*diag.Error, err error) {
	small := 0
	look := func(i int) fs.WalkDirFunc {
		return func(name string, d fs.DirEntry, err error) error {
			if err != nil && d == nil || errors.Is(err, fs.ErrNotExist) {
				return nil // the files are there: it is a link to what only the image has, or in a circle, and is copied as a link
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err != nil || info.Size() > gofiles.MaxLFSPointer {
				return err
			}
			if small++; small > maxSmall || len(warnings) == maxPointers {
				return fs.SkipAll
			}
			content, err := fs.ReadFile(fsys, name)
			if err == nil && gofiles.IsLFSPointer(content) {
				warnings = append(warnings, &diag.Error{
					Range: at(fmt.Sprintf("image.files[%d].from", i)), Msg: name + ": " + gofiles.LFSProblem + ", and is in the image", Help: gofiles.LFSHelp, Rule: rules.GitLFS,
				})
			}
			return err
		}
	}
	for i, f := range files {
		if f.Context != "" {
			continue
		}
		names := []string{path.Clean(f.From)}
		if f.IsPattern() {
			if names, err = fs.Glob(fsys, f.Pattern()); err != nil {
				return warnings, fmt.Errorf("looking for pointers of Git LFS: %w", err)
			}
		}
		for _, from := range names {
			err = errors.Join(err, fs.WalkDir(fsys, from, look(i)))
		}
		if err != nil {
			return warnings, fmt.Errorf("looking for pointers of Git LFS: %w", err)
		}
	}
	return warnings, nil
}

// missingFiles reports every file of a context that is not there. at gives the place of a key of the configuration.
func missingFiles(fsys fs.FS, name string, files []config.Copy, at func(key string) diag.Range) error {
	var mistakes diag.List
	for i, f := range files {
		if f.Context != name {
			continue
		}
		there, err := has(fsys, f)
		if err != nil {
			return fmt.Errorf("looking for %s in the context: %w", f.From, err)
		}
		if there {
			continue
		}
		m := mistakes.Addf(at(fmt.Sprintf("image.files[%d].from", i)), "the context has no %q", f.From)
		if name == "" {
			m.Help, m.Missing = "the path counts from the root of the context; check it, and .dockerignore", path.Clean(f.From)
		} else {
			m.Msg = fmt.Sprintf("the context %s has no %q", name, f.From)
			m.Help = "the path counts from the root of that context; look into what made it"
		}
	}
	return mistakes.Err()
}

// has tells whether there is something to copy.
func has(fsys fs.FS, f config.Copy) (bool, error) {
	if !f.IsPattern() {
		return listed(fsys, path.Clean(f.From))
	}
	names, err := fs.Glob(fsys, f.Pattern())
	return len(names) > 0, err
}

// listed tells whether the folder of name has it. BuildKit's stat follows symbolic links, which are copied as what they are and may
// point to what only the image has.
func listed(fsys fs.FS, name string) (bool, error) {
	if name == "." {
		return true, nil
	}
	entries, err := fs.ReadDir(fsys, path.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(name) }), err
}
