package step

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/modship-build/modship/internal/asminclude"
)

// markAssembly is [markC] for the assembly files of the module that include others: cmd/go looks at headers of the package's own folder
// only.
func markAssembly(root string) error {
	files, err := filesBelow(root)
	if err != nil {
		return fmt.Errorf("reading the assembly files: %w", err)
	}
	read := func(name string) ([]byte, error) { return readRegular(filepath.Join(root, name)) }
	for _, name := range files {
		if included := asminclude.Closure(path.Dir(name), []string{path.Base(name)}, read); len(included) > 0 {
			if err := markIncluded(root, name, included); err != nil {
				return fmt.Errorf("marking %s: %w", name, err)
			}
		}
	}
	return nil
}

func markIncluded(root, name string, included []string) error {
	sum := sha256.New()
	for _, i := range included {
		if err := hashFile(sum, root, i); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		return err
	}
	return appendMark(filepath.Join(root, name), text, fmt.Appendf(nil, "\n// included files: %x\n", sum.Sum(nil)))
}
