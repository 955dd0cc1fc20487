package testbed

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/tonistiigi/fsutil"
)

// Sent asks the library of BuildKit's client what it sends of a folder for patterns of what to include: files, links, and folders of
// which nothing else is sent, with a slash at the end; sorted.
func Sent(t TB, dir string, patterns []string) []string {
	t.Helper()
	disk, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatalf("%v", err)
	}
	filtered, err := fsutil.NewFilterFS(disk, &fsutil.FilterOpt{IncludePatterns: patterns})
	if err != nil {
		t.Fatalf("%v", err)
	}
	var sent []string
	err = filtered.Walk(context.Background(), "", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		sent = slices.DeleteFunc(sent, func(s string) bool { return s == path.Dir(name)+"/" })
		if d.IsDir() {
			name += "/"
		}
		sent = append(sent, name)
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	slices.Sort(sent)
	return sent
}
