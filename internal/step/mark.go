package step

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// filesBelow lists the regular files below root in the order of their names, without those of vendor: they are what go.mod says.
func filesBelow(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == filepath.Join(root, "vendor") {
			return fs.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, path)
			files = append(files, rel)
			return err
		}
		return nil
	})
	return files, err
}

func hashFile(to io.Writer, root, name string) error {
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "%q %d\n", name, info.Size())
	_, err = io.Copy(to, f)
	return err
}

// appendMark changes a file in content and, as cmd/go goes by both, in time.
func appendMark(name string, text, mark []byte) error {
	text = append(text, mark...)
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	return os.Chtimes(name, contentTime(sum[:]), contentTime(sum[:]))
}
