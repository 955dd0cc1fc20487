package step

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// notCompiled are folders of a root that are others where C is compiled, or that installing packages leaves different from run to run. All
// else counts: a flag may name any folder.
var notCompiled = []string{
	"dev", "proc", "run", "sys", "tmp", "out", "said", "src", "work", "zig-cache", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log",
}

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
