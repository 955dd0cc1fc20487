package engine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

func init() {
	clientWork["add folder"] = func(o Options) (any, error) { return namesAfterAddFolder(o.CacheDir) }
}

// namesAfterAddFolder adds the folder "new", and says what is in dir then and can be read.
func namesAfterAddFolder(dir string) ([]string, error) {
	if err := addFolder(dir, "new"); err != nil {
		return nil, err
	}
	var names []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(path, dir))
		return err
	})
	text, errText := os.ReadFile(filepath.Join(dir, "f"))
	target, errLink := os.Readlink(filepath.Join(dir, "l"))
	return append(names, string(text), target), errors.Join(err, errText, errLink)
}

// TestAddFolder: what was in the folder is still there, and the machine sees nothing of the new one.
func TestAddFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root")
	}
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755), os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o644),
		os.Symlink("a/b", filepath.Join(dir, "l"))); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--propagation", "private", self)
	cmd.Env = append(os.Environ(), clientMode+"="+dir, clientDoes+"=add folder")
	out, err := cmd.CombinedOutput()
	if want := `["","/a","/a/b","/f","/l","/new","text","a/b"]`; err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); !os.IsNotExist(err) {
		t.Errorf("it is on the machine: %v", err)
	}
}
