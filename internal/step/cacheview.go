package step

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/request"
)

// viewCache gives a GOCACHE of links to the entries of another, for a go command that only looks: it notes what it reads of packages, and in a
// cache that becomes a layer that would depend on how long the step took. The caller removes it.
func viewCache(dir string) (view string, err error) {
	if view, err = os.MkdirTemp(request.Temp, "gocache-"); err != nil {
		return "", fmt.Errorf("making a view of the compile cache: %w", err)
	}
	err = eachFile(dir, func(name string) error {
		if !isEntry(name) {
			return nil
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		to := filepath.Join(view, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.Symlink(name, to)
	})
	if err != nil {
		_ = os.RemoveAll(view)
		return "", fmt.Errorf("making a view of the compile cache: %w", err)
	}
	return view, nil
}
