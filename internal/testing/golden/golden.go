// Package golden is for tests alone: it compares what they get with what was written down in testdata, and reads the txtar
// archives that hold their input.
//
// An archive has an input in one or more files and the wanted result in its file "want". Importing the package gives a test
// program the flag -update, which writes what was got in the place of what was wanted: the diff is then to be read. Whatever
// is wrong with an archive ends the test.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// want is the file of an archive with the wanted result.
const want = "want"

var update = flag.Bool("update", false, "write what tests get over what testdata wants")

// Each runs a test for every archive that matches a pattern of [filepath.Glob], under the name of its file.
func Each(t *testing.T, pattern string, test func(t *testing.T, a *Archive)) {
	t.Helper()
	for _, a := range ReadAll(t, pattern) {
		t.Run(strings.TrimSuffix(filepath.Base(a.path), ".txtar"), func(t *testing.T) { test(t, a) })
	}
}

// Want holds got against the wanted result of an archive that is read from a file.
func (a *Archive) Want(tb testing.TB, got string) {
	tb.Helper()
	files := slices.Clone(a.files)
	i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == want })
	if i < 0 {
		i, files = len(files), append(files, txtar.File{Name: want})
	}
	files[i].Data = []byte(got)
	File(tb, a.path, string(txtar.Format(&txtar.Archive{Comment: a.comment, Files: files})))
}

// Updates tells whether the tests run with -update.
func Updates() bool { return *update }

// File holds got against the content of a file.
func File(tb testing.TB, path, got string) {
	tb.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	wanted, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(string(wanted), got); diff != "" {
		tb.Errorf("%s: run with -update if this is right (-want +got):\n%s", path, diff)
	}
}
