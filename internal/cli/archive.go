package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// archive is a file that is there whole or not at all. BuildKit closes what it writes to after a failure as well, so the
// end of the writing says nothing: the caller commits when the build has succeeded.
type archive struct {
	dest    string
	partial string // "" until something is written, and if dest is written in place
}

// create opens what takes the content until commit: a file beside the real one. What is no regular file, such as a pipe,
// is written in place, and so is a file in a folder where no other may be made.
func (a *archive) create() (*os.File, error) {
	mode := fs.FileMode(0o666)
	switch fi, err := os.Stat(a.dest); {
	case err == nil && !fi.Mode().IsRegular():
		return os.OpenFile(a.dest, os.O_WRONLY, 0)
	case err == nil:
		mode = fi.Mode().Perm()
		if a.dest, err = filepath.EvalSymlinks(a.dest); err != nil {
			return nil, err
		}
	}
	name := filepath.Join(filepath.Dir(a.dest), "."+filepath.Base(a.dest)+"."+rand.Text()[:8]+".partial")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrPermission) {
		return os.Create(a.dest)
	}
	if err == nil {
		a.partial = name
	}
	return file, err
}

// commit puts the file in its place.
func (a *archive) commit() error {
	if a == nil || a.partial == "" {
		return nil
	}
	if err := os.Rename(a.partial, a.dest); err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	a.partial = ""
	return nil
}

// discard removes what was written and not committed.
func (a *archive) discard() {
	if a != nil && a.partial != "" {
		_ = os.Remove(a.partial)
	}
}
