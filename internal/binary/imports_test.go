package binary_test

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/binary"
)

// TestImports compares with what debug/elf finds by the sections of programs and libraries of this machine.
func TestImports(t *testing.T) {
	count := 0
	for _, pattern := range []string{"/usr/bin/*", "/usr/lib/x86_64-linux-gnu/*.so.*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() {
			names = names[:min(len(names), 60)]
		}
		for _, name := range names {
			if compareImports(t, name) {
				count++
			}
		}
	}
	if t.Logf("compared %d files", count); count < 20 {
		t.Errorf("only %d ELF files were found to compare", count)
	}
}

func compareImports(t *testing.T, name string) bool {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	sections, err := elf.NewFile(file)
	if err != nil || stripped(sections) {
		return false
	}
	symbols, err := sections.ImportedSymbols()
	if err != nil {
		return false
	}
	var want []string
	for _, s := range symbols {
		want = append(want, s.Name)
	}
	slices.Sort(want)
	got, err := binary.Imports(file)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" || err != nil {
		t.Errorf("%s: %v (-sections +Imports)\n%s", name, err, diff)
	}
	return true
}

// FuzzImports: no file makes it fail otherwise than by an error, or take long.
func FuzzImports(f *testing.F) {
	self, err := os.ReadFile("/bin/true")
	if err == nil {
		f.Add(self)
	}
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		names, err := binary.Imports(bytes.NewReader(raw))
		if err != nil && len(names) > 0 {
			t.Errorf("%d names and %v", len(names), err)
		}
	})
}
