package annotate

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipes: a pipe that nobody writes to, in the place of any file that is read, is waited for nowhere.
func TestPipes(t *testing.T) {
	for _, name := range []string{".dockerignore", "go.mod", "go.sum", "go.work", "main.go", "LICENSE", ".gitattributes", "vendor/modules.txt"} {
		dir := writeModule(t, simple)
		pipe := filepath.Join(dir, name)
		if err := os.RemoveAll(pipe); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(pipe), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		r := request(dir, "", "linux/amd64")
		r.Config = nil
		done := make(chan error, 1)
		go func() {
			_, err := Read(r)
			done <- err
		}()
		select {
		case err := <-done:
			if (name == ".dockerignore" || name == "go.mod") && err == nil {
				t.Errorf("%s is no file, and nothing is said", name)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: it waits for somebody to write", name)
		}
	}
}
