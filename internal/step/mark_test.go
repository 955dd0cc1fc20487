package step

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// markedFile is a file after it may have been marked.
type markedFile struct {
	text string
	time time.Time
}

// marked writes files of one time and has them marked, one of them with another text; change is "" for none.
func marked(t *testing.T, files map[string]string, change, to string, mark func(root string) error) map[string]markedFile {
	t.Helper()
	root := t.TempDir()
	files = maps.Clone(files)
	if change != "" {
		files[change] = to
	}
	for name, text := range files {
		name = filepath.Join(root, name)
		write(t, name, text)
		if err := os.Chtimes(name, zeroTime, zeroTime); err != nil {
			t.Fatal(err)
		}
	}
	if err := mark(root); err != nil {
		t.Fatal(err)
	}
	found := map[string]markedFile{}
	for name := range files {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		found[name] = markedFile{string(text), info.ModTime()}
	}
	return found
}
