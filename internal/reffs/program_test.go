package reffs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/reffs"
)

// maxReads bounds the round trips of reading what a program says of itself. Each is a message to the daemon and back; a
// program of 10 MB has 40 pages.
const maxReads = 12

// TestProgram reads a real program the way verify does.
func TestProgram(t *testing.T) {
	root := t.TempDir()
	source := filepath.Join(root, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(1) }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(root, "program"), source)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building a program: %v\n%s", err, out)
	}
	for _, name := range []string{"program", goTool(t, root)} {
		ref := &dir{root: root}
		file, err := reffs.Open(t.Context(), ref, name)
		if err != nil {
			t.Fatal(err)
		}
		facts, err := binary.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		if facts.GoVersion == "" {
			t.Error("the Go version is not found")
		}
		n := ref.reads.Load()
		t.Logf("%s: %d round trips for %d bytes", name, n, file.Size())
		if n > maxReads {
			t.Errorf("%s: %d round trips, at most %d", name, n, maxReads)
		}
	}
}

// goTool links the go command, a program of some size, into root.
func goTool(t *testing.T, root string) string {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	if tool, err = filepath.EvalSymlinks(tool); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(tool)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go"), content, 0o755); err != nil {
		t.Fatal(err)
	}
	return "go"
}
