package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/tonistiigi/fsutil"
)

// openContext opens the directory to build. BuildKit's client library resets the owners of what it sends.
func openContext(dir string, mistakes *diag.List) fsutil.FS {
	fs, err := openDir(dir)
	if err != nil {
		m := mistakes.Addf(diag.Range{}, "opening the directory to build: %v", err)
		if strings.Contains(dir, "://") {
			m.Help = "modship build takes a local directory: clone the repository first"
		}
	}
	if above, main, ok := moduleAbove(dir); ok && err == nil {
		mistakes.Addf(diag.Range{}, "%s is a folder of the module in %s, and the directory to build is the root of a module", filepath.Clean(dir), above).
			Help = fmt.Sprintf("did you mean modship build %s, with main: %s in its modship.yaml?", above, main)
	}
	return fs
}

// moduleAbove finds the module that a folder which is none of its own lies in, and names the folder as a main package of it.
func moduleAbove(dir string) (above, main string, ok bool) {
	if isModule(dir) {
		return "", "", false
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", false
	}
	for root := filepath.Dir(abs); ; root = filepath.Dir(root) {
		if isModule(root) {
			rel, err := filepath.Rel(root, abs)
			up := strings.Repeat("/..", strings.Count(filepath.ToSlash(rel), "/")+1)
			return filepath.Join(dir, up), "./" + filepath.ToSlash(rel), err == nil
		}
		if root == filepath.Dir(root) {
			return "", "", false
		}
	}
}

func isModule(dir string) bool {
	return exists(filepath.Join(dir, "go.mod")) || exists(filepath.Join(dir, "go.work"))
}

// openDir is fsutil.NewFS with errors that name the directory as the user did.
func openDir(dir string) (fsutil.FS, error) {
	fi, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !fi.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	return fsutil.NewFS(dir)
}

// sharedKey names what BuildKit keeps of the context for the next, incremental transfer. Files are compared by size and
// time, so two machines or two directories must never share it.
func sharedKey(hostname, dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	sum := sha256.Sum256([]byte(hostname + "\x00" + dir))
	return fmt.Sprintf("%s:%x", filepath.Base(dir), sum[:8])
}
