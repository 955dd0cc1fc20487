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
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
)

// checkFiles finds what image.files names and the context does not have, before anything is compiled: BuildKit's own error would come
// after that, and names neither the file nor the line.
func (b *builder) checkFiles(ctx context.Context, in *input, p *plan.Plan) error {
	if in.output != outputImage || len(p.Runtime.Files) == 0 {
		return nil
	}
	ref, err := b.readPart(ctx, partFiles, p.ContextFiles())
	if err != nil {
		return fmt.Errorf("loading the files for the image: %w", err)
	}
	return missingFiles(reffs.FS(ctx, ref, 0), p.Runtime.Files, in.At)
}

// missingFiles reports every file that is not there. at gives the place of a key of the configuration.
func missingFiles(fsys fs.FS, files []config.Copy, at func(key string) diag.Range) error {
	var mistakes diag.List
	for i, f := range files {
		there, err := listed(fsys, path.Clean(f.From))
		if err != nil {
			return fmt.Errorf("looking for %s in the context: %w", f.From, err)
		}
		if !there {
			mistakes.Addf(at(fmt.Sprintf("image.files[%d].from", i)), "the context has no %q", f.From).Help =
				"the path counts from the root of the context; check it, and .dockerignore"
		}
	}
	return mistakes.Err()
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
