//go:build unix

package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ownership says why a file or folder cannot be trusted with what this process runs and removes: somebody else could replace it.
type ownership struct{ path, why string }

func (e *ownership) Error() string {
	return fmt.Sprintf("%s %s, who could replace what is run in the name of user %d; set XDG_CACHE_HOME to a folder that is that "+
		"user's own, as are all above it", e.path, e.why, os.Geteuid())
}

// ownFolder makes dir where it is missing, and returns it without links. It is an error if anybody but this user and root could put
// something else there: by one of the folders or links on the way. A folder with the sticky bit is no exception, because what becomes
// too old in /tmp is removed there and made again by others.
func ownFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	at, rest := "/", elements(dir)
	if err := checkOwner(at); err != nil {
		return "", err
	}
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0]) // ".." is the folder above, because at has no links
		rest = rest[1:]
		if err := os.Mkdir(next, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		if err := checkOwner(next); err != nil {
			return "", err
		}
		target, err := os.Readlink(next)
		if err != nil { // no link
			at = next
			continue
		}
		if links++; links > 40 {
			return "", fmt.Errorf("following links of %s: too many", dir)
		}
		rest = append(elements(target), rest...)
		if filepath.IsAbs(target) {
			at = "/"
		}
	}
	st, err := os.Stat(at)
	if err == nil && !st.IsDir() {
		err = &fs.PathError{Op: "mkdir", Path: at, Err: syscall.ENOTDIR}
	}
	return at, err
}

func elements(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator })
}

// checkOwner allows what belongs to this user or root and can be written by nobody else. The mode of a link means nothing.
func checkOwner(path string) error {
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	switch owner, ok := st.Sys().(*syscall.Stat_t); {
	case !ok:
		return fmt.Errorf("asking for the owner of %s: not known", path)
	case owner.Uid != 0 && int(owner.Uid) != os.Geteuid():
		return &ownership{path, fmt.Sprintf("belongs to user %d", owner.Uid)}
	case st.Mode().Type() != fs.ModeSymlink && st.Mode().Perm()&0o022 != 0:
		return &ownership{path, fmt.Sprintf("can be written by others (%v)", st.Mode())}
	}
	return nil
}
