//go:build unix

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// ownDir is a temporary folder that nobody else can replace, which /tmp is not for.
func ownDir(t *testing.T) string {
	t.Helper()
	cache, err := ownFolder(testCache(t))
	if err != nil {
		testbed.Missing(t, "a cache folder that nobody else can write: %v", err)
	}
	dir, err := os.MkdirTemp(cache, "t-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestOwnFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root")
	}
	const somebody = 12345
	for name, test := range map[string]struct {
		make func(dir string) error // below which "a/b" is asked for
		says string                 // "" if it is allowed
	}{
		"nothing there":      {make: func(string) error { return nil }},
		"there already":      {make: func(dir string) error { return os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755) }},
		"of another user":    {make: func(dir string) error { return folder(filepath.Join(dir, "a", "b"), 0o700, somebody) }, says: "a/b belongs to user 12345"},
		"below another user": {make: func(dir string) error { return folder(filepath.Join(dir, "a"), 0o755, somebody) }, says: "a belongs to user 12345"},
		"open to all":        {make: func(dir string) error { return folder(filepath.Join(dir, "a", "b"), 0o777, 0) }, says: "a/b can be written by others"},
		"open to a group":    {make: func(dir string) error { return folder(filepath.Join(dir, "a"), 0o775, 0) }, says: "a can be written by others"},
		"like /tmp":          {make: func(dir string) error { return folder(filepath.Join(dir, "a"), 0o777|os.ModeSticky, 0) }, says: "a can be written by others"},
		"a link": {make: func(dir string) error {
			return errors.Join(folder(filepath.Join(dir, "real", "b"), 0o755, 0), os.Symlink("real", filepath.Join(dir, "a")))
		}},
		"a link to nowhere": {make: func(dir string) error { return os.Symlink("../"+filepath.Base(dir)+"/real", filepath.Join(dir, "a")) }},
		"a link to /tmp":    {make: func(dir string) error { return os.Symlink(os.TempDir(), filepath.Join(dir, "a")) }, says: "can be written by others"},
		"a link of somebody": {make: func(dir string) error {
			return errors.Join(os.Symlink("/", filepath.Join(dir, "a")), os.Lchown(filepath.Join(dir, "a"), somebody, somebody))
		}, says: "a belongs to user 12345"},
		"a link to itself":    {make: func(dir string) error { return os.Symlink("a", filepath.Join(dir, "a")) }, says: "too many"},
		"a file in its place": {make: func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), nil, 0o600) }, says: "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := ownDir(t)
			if err := test.make(dir); err != nil {
				t.Fatal(err)
			}
			got, err := ownFolder(filepath.Join(dir, "a", "b"))
			if test.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if st, err := os.Lstat(got); err != nil || !st.IsDir() {
					t.Errorf("%s: %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %s, %v, want %q", got, err, test.says)
			}
		})
	}
}

func folder(path string, mode os.FileMode, owner int) error {
	return errors.Join(os.MkdirAll(path, 0o755), os.Chown(path, owner, owner), os.Chmod(path, mode))
}
