package step

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// notCompiled are folders of a root that no compiler reads from, and of which some differ from run to run.
var notCompiled = []string{"dev", "proc", "run", "sys", "tmp", "var", "go", "out", "said", "src", "work", "zig-cache"}

// hashRoot adds the names, links and content of all files below root that a compiler may read. What is mounted is no part of it.
func hashRoot(to io.Writer, root string) error {
	mounts, err := mountPoints()
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		switch {
		case rel != "." && (mounts[name] || slices.Contains(notCompiled, rel)):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.Type() == fs.ModeSymlink:
			dest, err := os.Readlink(name)
			fmt.Fprintf(to, "%q -> %q\n", rel, dest)
			return err
		case d.Type().IsRegular():
			return hashFile(to, root, rel)
		}
		return nil
	})
}
