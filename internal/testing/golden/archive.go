package golden

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// Archive is a txtar archive in which each name is a valid path (see io/fs.ValidPath) of one file.
type Archive struct {
	path    string // of its file, if it has one
	comment []byte
	files   []txtar.File
}

// Parse reads an archive that is written in a test.
func Parse(tb testing.TB, text string) *Archive {
	tb.Helper()
	a := txtar.Parse([]byte(text))
	if _, err := txtar.FS(a); err != nil {
		tb.Fatal(err)
	}
	return &Archive{comment: a.Comment, files: a.Files}
}

// Read reads the archive in a file.
func Read(tb testing.TB, path string) *Archive {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	a := Parse(tb, string(text))
	a.path = path
	return a
}

// ReadAll reads every archive that matches a pattern of [filepath.Glob]. There must be one.
func ReadAll(tb testing.TB, pattern string) []*Archive {
	tb.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no archives match %s: %v", pattern, err)
	}
	all := make([]*Archive, len(paths))
	for i, path := range paths {
		all[i] = Read(tb, path)
	}
	return all
}

// Data is the content of a file, which must be there.
func (a *Archive) Data(tb testing.TB, name string) []byte {
	tb.Helper()
	for _, f := range a.files {
		if f.Name == name {
			return f.Data
		}
	}
	tb.Fatalf("%s: there is no file %s in the archive", a.path, name)
	return nil
}

// FS is the archive without the wanted result.
func (a *Archive) FS() fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range a.files {
		if f.Name != want {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return fsys
}

// Dir writes the files, without the wanted result, below a temporary folder.
func (a *Archive) Dir(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.CopyFS(dir, a.FS()); err != nil {
		tb.Fatal(err)
	}
	return dir
}
