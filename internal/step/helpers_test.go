package step

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/golden"
)

// lay writes the files of an archive below a new folder.
func lay(t *testing.T, archive string) string { return golden.Parse(t, archive).Dir(t) }

// listing has a line for everything below root: mode, time, and the hash of a file's content.
func listing(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		text := fmt.Sprintf("%s %d", info.Mode(), info.ModTime().UnixNano())
		switch {
		case d.Type().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" %x", sha256.Sum256(content))
		case d.Type() == fs.ModeSymlink:
			dest, err := os.Readlink(path)
			if err != nil {
				return err
			}
			text = "-> " + dest
		}
		found[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func writeFileText(name, text string) error { return writeFile(name, strings.NewReader(text)) }
