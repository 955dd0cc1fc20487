package testbed

import (
	"io/fs"
	"path/filepath"
	"runtime"
)

// Allocated gives how much memory do allocates, in MiB, whether or not it is free again.
func Allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20
}

// Files lists the files below a folder by their paths in it, in the order of [filepath.WalkDir].
func Files(t TB, root string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, name)
		names = append(names, rel)
		return err
	})
	if err != nil {
		t.Fatalf("listing %s: %v", root, err)
	}
	return names
}
