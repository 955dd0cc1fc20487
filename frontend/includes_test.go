package frontend

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestCPatterns asks the library of BuildKit's clients what they would send for C: files of usual names, those that are asked for, and
// all but repositories where a macro names one.
func TestCPatterns(t *testing.T) {
	dir := t.TempDir()
	all := []string{".git/HEAD", ".git/hooks/x.h", "README", "lib/libx.so.1", "sub/.git", "third/Tiny/Vec", "third/other/Vec", "vec/a[1].tbl", "vec/vec.go", "vec/vec.h", "vec/x.tpp"}
	for _, name := range all {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		known cinclude.Found
		want  []string
	}{
		"at first": {cinclude.Found{}, []string{".git/hooks/x.h", "lib/libx.so.1", "vec/vec.h", "vec/x.tpp"}},
		"asked": {cinclude.Found{Asked: []string{"Tiny/Vec", "a[1].tbl", "vector"}},
			[]string{".git/hooks/x.h", "lib/libx.so.1", "third/Tiny/Vec", "vec/a[1].tbl", "vec/vec.h", "vec/x.tpp"}},
		"unknown": {cinclude.Found{Unknown: "x.c:1"},
			[]string{"README", "lib/libx.so.1", "third/Tiny/Vec", "third/other/Vec", "vec/a[1].tbl", "vec/vec.go", "vec/vec.h", "vec/x.tpp"}},
	} {
		got := slices.DeleteFunc(testbed.Sent(t, dir, cPatterns(c.known)), func(name string) bool { return strings.HasSuffix(name, "/") })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
