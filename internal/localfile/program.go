package localfile

import (
	"os/exec"
	"path/filepath"
)

// FindProgram returns the absolute path of the program of that name in the first folder of a PATH that has one. It differs from
// [exec.LookPath] in that the folder that a command is typed in has no say: an element of PATH that is empty or relative is passed
// over, for it would run what a source tree happens to hold. The error is an [exec.Error].
func FindProgram(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		// With a folder in front of the name, it looks at that file alone: whether it may be run, and what is appended to its name.
		if file, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return file, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}
