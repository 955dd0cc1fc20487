package step

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/gofiles"
)

// maxPointers bounds how many are named.
const maxPointers = 20

// pointersBelow finds pointers of Git LFS among what the program is made of. Code that is one does not compile; what the program
// embeds may be one on purpose, so it is for the user to judge.
func pointersBelow(root string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > gofiles.MaxLFSPointer {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || !gofiles.IsLFSPointer(content) {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if found = append(found, filepath.ToSlash(rel)); len(found) == maxPointers {
			return fs.SkipAll
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for pointers of Git LFS: %w", err)
	}
	return found, nil
}
