package buildcmd

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
	return fs
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
