package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/diag"
)

// TestPipes: a pipe that nobody writes to is named at once, wherever a file of a build is looked for, and is not taken for no file.
func TestPipes(t *testing.T) {
	for _, test := range []struct{ pipe, file, beside, want string }{
		{pipe: "Dockerfile"},
		{pipe: "modship.yaml", want: "modship.yaml: it is not a file"},
		{pipe: ".dockerignore", want: ".dockerignore: it is not a file"},
		{pipe: "modship.yaml.dockerignore", beside: "modship.yaml", want: "modship.yaml.dockerignore: it is not a file"},
		{pipe: "app.yaml", file: "app.yaml", want: "app.yaml is not a file"},
		{pipe: "app.yaml.dockerignore", file: "app.yaml", beside: "app.yaml", want: "app.yaml.dockerignore: it is not a file"},
	} {
		t.Run(test.pipe, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			if test.beside != "" {
				if err := os.WriteFile(filepath.Join(dir, test.beside), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := syscall.Mkfifo(filepath.Join(dir, test.pipe), 0o600); err != nil {
				t.Fatal(err)
			}
			done := make(chan string, 1)
			go func() {
				var mistakes diag.List
				d := chooseDefinition(".", test.file, nil, &mistakes)
				if len(mistakes) == 0 {
					d.read(d.name, &mistakes)
				}
				text := ""
				if err := mistakes.Err(); err != nil {
					text = err.Error()
				}
				done <- text
			}()
			select {
			case got := <-done:
				if test.want == "" && got != "" || !strings.Contains(got, test.want) {
					t.Errorf("says %q, want %q", got, test.want)
				}
			case <-time.After(5 * time.Second):
				t.Error("it waits for somebody to write")
			}
		})
	}
}
